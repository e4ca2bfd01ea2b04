-- +goose Up
ALTER TABLE counsellors ADD COLUMN version INT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE counsellors DROP COLUMN version;
