-- +goose Up
CREATE TABLE calendar_years (
    unit_id    BIGINT NOT NULL,
    year       INT NOT NULL,
    version    INT NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (unit_id, year)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE calendar_years;
