-- +goose Up
ALTER TABLE coverage_tallies ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE coverage_tallies DROP COLUMN version;
