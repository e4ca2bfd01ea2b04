-- +goose Up
CREATE TABLE audit_checkpoints (
    day  CHAR(10) NOT NULL,
    size BIGINT NOT NULL,
    note VARCHAR(2000) NOT NULL,
    PRIMARY KEY (day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE audit_checkpoints;
