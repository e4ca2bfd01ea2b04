-- +goose Up
CREATE TABLE record_handovers (
    id             BIGINT NOT NULL,
    booking_id     BIGINT NOT NULL,
    author_id      BIGINT NOT NULL,
    counsellor_id  BIGINT NOT NULL,
    last_record_id BIGINT NOT NULL,
    created_at     DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_record_handovers_booking_id_author_id_counsellor_id_last (booking_id, author_id, counsellor_id, last_record_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE record_handovers;
