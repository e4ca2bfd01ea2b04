-- +goose Up
CREATE TABLE roster_imports (
    id          INTEGER NOT NULL,
    unit_id     INTEGER NOT NULL,
    account_id  INTEGER NOT NULL,
    status      TEXT NOT NULL,
    new_towns   BOOLEAN NOT NULL DEFAULT FALSE,
    total       INTEGER NOT NULL DEFAULT 0,
    added       INTEGER NOT NULL DEFAULT 0,
    changed     INTEGER NOT NULL DEFAULT 0,
    transferred INTEGER NOT NULL DEFAULT 0,
    returned    INTEGER NOT NULL DEFAULT 0,
    departed    INTEGER NOT NULL DEFAULT 0,
    unchanged   INTEGER NOT NULL DEFAULT 0,
    new_units   INTEGER NOT NULL DEFAULT 0,
    fault_count INTEGER NOT NULL DEFAULT 0,
    units       TEXT NOT NULL,
    faults      TEXT NOT NULL,
    error_code  TEXT NOT NULL DEFAULT '',
    last_error  TEXT NOT NULL DEFAULT '',
    holder      TEXT NOT NULL DEFAULT '',
    lease_until DATETIME NULL,
    created_at  DATETIME NOT NULL,
    applied_at  DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_roster_imports_unit_id ON roster_imports (unit_id);
CREATE INDEX ix_roster_imports_status ON roster_imports (status);

-- +goose Down
DROP TABLE roster_imports;
