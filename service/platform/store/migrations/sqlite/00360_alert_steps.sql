-- +goose Up
CREATE TABLE alert_steps (
    id       INTEGER NOT NULL PRIMARY KEY,
    alert_id INTEGER NOT NULL,
    episode  INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    due_at   DATETIME NOT NULL,
    done_at  DATETIME NULL,
    outcome  TEXT NOT NULL,
    unit_id  INTEGER NOT NULL,
    layer    INTEGER NOT NULL
);
CREATE INDEX ix_alert_steps_done_at_due_at ON alert_steps (done_at, due_at);
CREATE UNIQUE INDEX uq_alert_steps_alert_id_episode_kind_due_at ON alert_steps (alert_id, episode, kind, due_at);

-- +goose Down
DROP TABLE alert_steps;
