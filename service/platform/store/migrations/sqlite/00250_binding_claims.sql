-- +goose Up
CREATE TABLE binding_claims (
    id         INTEGER NOT NULL,
    pupil_id   INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    relation   TEXT NOT NULL DEFAULT '',
    waits      BOOLEAN NULL,
    outcome    TEXT NOT NULL DEFAULT '',
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    decided_at DATETIME NULL,
    decided_by INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_binding_claims_account_id_pupil_id_waits ON binding_claims (account_id, pupil_id, waits);
CREATE INDEX ix_binding_claims_pupil_id_waits ON binding_claims (pupil_id, waits);
CREATE INDEX ix_binding_claims_waits_id ON binding_claims (waits, id);

-- +goose Down
DROP TABLE binding_claims;
