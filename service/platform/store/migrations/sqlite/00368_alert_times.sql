-- +goose Up
CREATE TABLE alert_times (
    id               INTEGER NOT NULL PRIMARY KEY,
    unit_id          INTEGER NOT NULL,
    level            TEXT NOT NULL,
    deadline_minutes INTEGER NOT NULL,
    patience_minutes INTEGER NOT NULL,
    quiet_minutes    INTEGER NOT NULL,
    changed_at       DATETIME NOT NULL,
    changed_by       INTEGER NOT NULL
);
CREATE INDEX ix_alert_times_unit_id ON alert_times (unit_id, level, id);

-- +goose Down
DROP TABLE alert_times;
