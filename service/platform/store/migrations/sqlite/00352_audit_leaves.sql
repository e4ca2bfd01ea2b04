-- +goose Up
CREATE TABLE audit_leaves (
    position INTEGER NOT NULL PRIMARY KEY,
    entry_id INTEGER NOT NULL,
    hashes   BLOB NOT NULL
);
CREATE UNIQUE INDEX uq_audit_leaves_entry_id ON audit_leaves (entry_id);

-- +goose Down
DROP TABLE audit_leaves;
