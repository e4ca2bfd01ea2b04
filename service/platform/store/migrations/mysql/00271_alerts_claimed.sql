-- +goose Up
ALTER TABLE alerts ADD COLUMN claimed BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE alerts DROP COLUMN claimed;
