-- +goose Up
ALTER TABLE rooms ADD COLUMN max_open_bookings INT NOT NULL DEFAULT 2;

-- +goose Down
ALTER TABLE rooms DROP COLUMN max_open_bookings;
