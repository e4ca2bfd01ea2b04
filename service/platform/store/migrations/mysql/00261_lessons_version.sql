-- +goose Up
ALTER TABLE lessons ADD COLUMN version INT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE lessons DROP COLUMN version;
