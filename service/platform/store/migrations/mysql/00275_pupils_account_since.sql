-- +goose Up
ALTER TABLE pupils ADD COLUMN account_since DATETIME(3) NULL;

-- +goose Down
ALTER TABLE pupils DROP COLUMN account_since;
