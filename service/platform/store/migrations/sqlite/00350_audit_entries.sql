-- +goose Up
CREATE TABLE audit_entries (
    id         INTEGER NOT NULL PRIMARY KEY,
    at         DATETIME NOT NULL,
    actor_id   INTEGER NOT NULL,
    actor_role TEXT NOT NULL,
    token_id   INTEGER NOT NULL,
    action     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    pupil_id   INTEGER NOT NULL,
    unit_id    INTEGER NOT NULL,
    purpose    TEXT NOT NULL,
    withheld   BOOLEAN NOT NULL,
    operation  TEXT NOT NULL,
    address    TEXT NOT NULL,
    salt       BLOB NOT NULL
);
CREATE INDEX ix_audit_entries_pupil_id ON audit_entries (pupil_id, id);
CREATE INDEX ix_audit_entries_unit_id ON audit_entries (unit_id, id);

-- +goose Down
DROP TABLE audit_entries;
