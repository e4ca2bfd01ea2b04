-- +goose Up
ALTER TABLE alerts ADD COLUMN episode INT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE alerts DROP COLUMN episode;
