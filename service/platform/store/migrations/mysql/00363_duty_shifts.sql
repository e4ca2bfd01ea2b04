-- +goose Up
CREATE TABLE duty_shifts (
    id           BIGINT NOT NULL,
    unit_id      BIGINT NOT NULL,
    layer        INT NOT NULL,
    account_id   BIGINT NOT NULL,
    weekday      INT NOT NULL,
    start_minute INT NOT NULL,
    minutes      INT NOT NULL,
    PRIMARY KEY (id),
    KEY ix_duty_shifts_unit_id (unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE duty_shifts;
