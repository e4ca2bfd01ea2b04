-- +goose Up
ALTER TABLE pupils ADD COLUMN county_id BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE pupils DROP COLUMN county_id;
