-- +goose Up
CREATE TABLE audit_pendings (
    entry_id BIGINT NOT NULL,
    mac      BINARY(32) NOT NULL,
    PRIMARY KEY (entry_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE audit_pendings;
