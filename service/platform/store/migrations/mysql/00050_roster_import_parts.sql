-- +goose Up
CREATE TABLE roster_import_parts (
    import_id BIGINT NOT NULL,
    part      INT NOT NULL,
    content   MEDIUMBLOB NOT NULL,
    PRIMARY KEY (import_id, part)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE roster_import_parts;
