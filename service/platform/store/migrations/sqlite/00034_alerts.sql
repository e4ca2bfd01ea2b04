-- +goose Up
CREATE TABLE alerts (
    id              INTEGER NOT NULL,
    level           TEXT NOT NULL,
    status          TEXT NOT NULL,
    unit_id         INTEGER NOT NULL,
    pupil_id        INTEGER NOT NULL,
    account_id      INTEGER NOT NULL,
    source_kind     TEXT NOT NULL,
    source_id       INTEGER NOT NULL,
    raised_at       DATETIME NOT NULL,
    due_at          DATETIME NOT NULL,
    acknowledged_at DATETIME NULL,
    acknowledged_by INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_alerts_source_kind_source_id ON alerts (source_kind, source_id);
CREATE INDEX ix_alerts_status_due_at ON alerts (status, due_at);
CREATE INDEX ix_alerts_unit_id ON alerts (unit_id);

-- +goose Down
DROP TABLE alerts;
