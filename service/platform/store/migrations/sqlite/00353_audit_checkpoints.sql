-- +goose Up
CREATE TABLE audit_checkpoints (
    day  TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    note TEXT NOT NULL
);

-- +goose Down
DROP TABLE audit_checkpoints;
