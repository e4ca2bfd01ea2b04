-- +goose Up
ALTER TABLE guardianships ADD COLUMN withheld_at DATETIME(3) NULL;

-- +goose Down
ALTER TABLE guardianships DROP COLUMN withheld_at;
