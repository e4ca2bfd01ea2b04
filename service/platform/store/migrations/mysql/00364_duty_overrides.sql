-- +goose Up
CREATE TABLE duty_overrides (
    id         BIGINT NOT NULL,
    unit_id    BIGINT NOT NULL,
    layer      INT NOT NULL,
    account_id BIGINT NOT NULL,
    starts_at  DATETIME(3) NOT NULL,
    ends_at    DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_duty_overrides_unit_id_ends_at (unit_id, ends_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE duty_overrides;
