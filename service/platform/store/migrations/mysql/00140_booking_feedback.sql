-- +goose Up
CREATE TABLE booking_feedback (
    booking_id BIGINT NOT NULL,
    room_id    BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    helped     VARCHAR(16) NOT NULL,
    content    BLOB NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (booking_id),
    KEY ix_booking_feedback_room_id_created_at (room_id, created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE booking_feedback;
