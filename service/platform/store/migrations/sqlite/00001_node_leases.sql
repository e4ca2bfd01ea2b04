-- +goose Up
CREATE TABLE node_leases (
    node       INTEGER NOT NULL,
    holder     TEXT NOT NULL,
    expires_at DATETIME NOT NULL,
    PRIMARY KEY (node)
);

-- +goose Down
DROP TABLE node_leases;
