-- +goose Up
CREATE TABLE unit_closure (
    ancestor_id BIGINT NOT NULL,
    unit_id     BIGINT NOT NULL,
    PRIMARY KEY (ancestor_id, unit_id),
    KEY ix_unit_closure_unit_id (unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE unit_closure;
