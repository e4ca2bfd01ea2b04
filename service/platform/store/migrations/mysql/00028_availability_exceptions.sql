-- +goose Up
CREATE TABLE availability_exceptions (
    id            BIGINT NOT NULL,
    counsellor_id BIGINT NOT NULL,
    on_date       CHAR(10) NOT NULL,
    start_minute  INT NOT NULL,
    end_minute    INT NOT NULL,
    reason        VARCHAR(100) NOT NULL DEFAULT '',
    created_at    DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_availability_exceptions_counsellor_id_on_date (counsellor_id, on_date)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE availability_exceptions;
