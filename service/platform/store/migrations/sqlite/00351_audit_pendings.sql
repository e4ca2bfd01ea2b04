-- +goose Up
CREATE TABLE audit_pendings (
    entry_id INTEGER NOT NULL PRIMARY KEY,
    mac      BLOB NOT NULL
);

-- +goose Down
DROP TABLE audit_pendings;
