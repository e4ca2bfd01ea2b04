-- +goose Up
CREATE TABLE file_removals (
    id       BIGINT NOT NULL,
    file_key VARCHAR(200) NOT NULL,
    due_at   DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_file_removals_file_key (file_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE file_removals;
