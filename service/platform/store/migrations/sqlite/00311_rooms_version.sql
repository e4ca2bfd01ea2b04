-- +goose Up
ALTER TABLE rooms ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE rooms DROP COLUMN version;
