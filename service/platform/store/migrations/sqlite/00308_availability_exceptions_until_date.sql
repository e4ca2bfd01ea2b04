-- +goose Up
ALTER TABLE availability_exceptions ADD COLUMN until_date TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE availability_exceptions DROP COLUMN until_date;
