-- +goose Up
CREATE TABLE units (
    id          BIGINT NOT NULL,
    parent_id   BIGINT NOT NULL,
    kind        VARCHAR(16) NOT NULL,
    name        VARCHAR(100) NOT NULL,
    code        VARCHAR(16) NOT NULL,
    pupil_count INT NOT NULL DEFAULT 0,
    created_at  DATETIME(3) NOT NULL,
    archived_at DATETIME(3) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_units_code (code),
    UNIQUE KEY uq_units_parent_id_name (parent_id, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE units;
