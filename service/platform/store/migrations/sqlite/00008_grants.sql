-- +goose Up
CREATE TABLE grants (
    id         INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    role       TEXT NOT NULL,
    unit_id    INTEGER NOT NULL,
    starts_at  DATETIME NOT NULL,
    ends_at    DATETIME NULL,
    granted_by INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    revoked_at DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_grants_account_id_role_unit_id ON grants (account_id, role, unit_id);
CREATE INDEX ix_grants_unit_id ON grants (unit_id);

-- +goose Down
DROP TABLE grants;
