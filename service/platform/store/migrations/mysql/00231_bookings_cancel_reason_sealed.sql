-- +goose Up
-- Reasons were kept in plain text: those that are there are forgotten.
ALTER TABLE bookings DROP COLUMN cancel_reason, ADD COLUMN cancel_reason VARBINARY(1024) NULL AFTER status;

-- +goose Down
ALTER TABLE bookings DROP COLUMN cancel_reason, ADD COLUMN cancel_reason VARCHAR(200) NOT NULL DEFAULT '' AFTER status;
