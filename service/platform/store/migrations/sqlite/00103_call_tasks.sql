-- +goose Up
CREATE TABLE call_tasks (
    id           INTEGER NOT NULL,
    message_id   INTEGER NOT NULL,
    desk         TEXT NOT NULL,
    unit_id      INTEGER NOT NULL,
    owner_id     INTEGER NOT NULL,
    pupil_id     INTEGER NOT NULL,
    recipient_id INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    cause_kind   TEXT NOT NULL,
    cause_id     INTEGER NOT NULL,
    reason       TEXT NOT NULL,
    due_at       DATETIME NOT NULL,
    created_at   DATETIME NOT NULL,
    done_at      DATETIME NULL,
    done_by      INTEGER NOT NULL DEFAULT 0,
    outcome      TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_call_tasks_message_id ON call_tasks (message_id);
CREATE INDEX ix_call_tasks_unit_id_done_at ON call_tasks (unit_id, done_at);
CREATE INDEX ix_call_tasks_owner_id_done_at ON call_tasks (owner_id, done_at);
CREATE INDEX ix_call_tasks_pupil_id ON call_tasks (pupil_id);
CREATE INDEX ix_call_tasks_cause_kind_cause_id ON call_tasks (cause_kind, cause_id);

-- +goose Down
DROP TABLE call_tasks;
