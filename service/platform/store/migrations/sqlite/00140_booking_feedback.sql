-- +goose Up
CREATE TABLE booking_feedback (
    booking_id INTEGER NOT NULL,
    room_id    INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    helped     TEXT NOT NULL,
    content    BLOB NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (booking_id)
);
CREATE INDEX ix_booking_feedback_room_id_created_at ON booking_feedback (room_id, created_at);

-- +goose Down
DROP TABLE booking_feedback;
