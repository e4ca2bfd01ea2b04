-- +goose Up
CREATE TABLE alert_reopenings (
    id              INTEGER NOT NULL PRIMARY KEY,
    alert_id        INTEGER NOT NULL,
    due_at          DATETIME NOT NULL,
    acknowledged_at DATETIME NOT NULL,
    acknowledged_by INTEGER NOT NULL,
    reopened_at     DATETIME NOT NULL,
    reopened_by     INTEGER NOT NULL
);
CREATE INDEX ix_alert_reopenings_alert_id ON alert_reopenings (alert_id);

-- +goose Down
DROP TABLE alert_reopenings;
