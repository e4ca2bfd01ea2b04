-- +goose Up
ALTER TABLE alerts ADD COLUMN episode INTEGER NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE alerts DROP COLUMN episode;
