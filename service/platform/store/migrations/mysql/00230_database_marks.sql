-- +goose Up
CREATE TABLE database_marks (
    id       BIGINT NOT NULL,
    used_for VARCHAR(16) NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE database_marks;
