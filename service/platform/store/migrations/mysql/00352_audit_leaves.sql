-- +goose Up
CREATE TABLE audit_leaves (
    position BIGINT NOT NULL,
    entry_id BIGINT NOT NULL,
    hashes   VARBINARY(2048) NOT NULL,
    PRIMARY KEY (position),
    UNIQUE KEY uq_audit_leaves_entry_id (entry_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE audit_leaves;
