-- +goose Up
CREATE TABLE viewers (
    id           BIGINT NOT NULL,
    credited_at  DATETIME(3) NOT NULL,
    allowance_ms INT NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE viewers;
