-- +goose Up
CREATE TABLE counsel_records (
    id         BIGINT NOT NULL,
    booking_id BIGINT NOT NULL,
    author_id  BIGINT NOT NULL,
    content    BLOB NOT NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_counsel_records_booking_id (booking_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE counsel_records;
