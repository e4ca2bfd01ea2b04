-- +goose Up
CREATE TABLE calendar_days (
    unit_id BIGINT NOT NULL,
    on_date CHAR(10) NOT NULL,
    year    INT NOT NULL,
    kind    VARCHAR(16) NOT NULL,
    weekday INT NULL,
    name    VARCHAR(20) NOT NULL,
    PRIMARY KEY (unit_id, on_date)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE calendar_days;
