-- +goose Up
ALTER TABLE rooms ADD COLUMN talks_at_once INTEGER NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE rooms DROP COLUMN talks_at_once;
