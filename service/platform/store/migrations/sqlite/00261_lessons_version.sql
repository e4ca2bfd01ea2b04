-- +goose Up
ALTER TABLE lessons ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE lessons DROP COLUMN version;
