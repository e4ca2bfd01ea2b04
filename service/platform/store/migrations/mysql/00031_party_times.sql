-- +goose Up
CREATE TABLE party_times (
    party_id   BIGINT NOT NULL,
    bucket     INT NOT NULL,
    booking_id BIGINT NOT NULL,
    PRIMARY KEY (party_id, bucket),
    KEY ix_party_times_booking_id (booking_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE party_times;
