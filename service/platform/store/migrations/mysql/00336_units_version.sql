-- +goose Up
ALTER TABLE units ADD COLUMN version INT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE units DROP COLUMN version;
