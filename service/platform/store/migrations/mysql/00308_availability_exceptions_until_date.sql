-- +goose Up
ALTER TABLE availability_exceptions ADD COLUMN until_date CHAR(10) NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE availability_exceptions DROP COLUMN until_date;
