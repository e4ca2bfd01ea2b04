-- +goose Up
-- Reasons were kept in plain text: those that are there are forgotten.
ALTER TABLE bookings DROP COLUMN cancel_reason;
ALTER TABLE bookings ADD COLUMN cancel_reason BLOB NULL;

-- +goose Down
ALTER TABLE bookings DROP COLUMN cancel_reason;
ALTER TABLE bookings ADD COLUMN cancel_reason TEXT NOT NULL DEFAULT '';
