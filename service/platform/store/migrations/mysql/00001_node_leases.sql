-- +goose Up
CREATE TABLE node_leases (
    node       INT NOT NULL,
    holder     VARCHAR(64) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    PRIMARY KEY (node)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE node_leases;
