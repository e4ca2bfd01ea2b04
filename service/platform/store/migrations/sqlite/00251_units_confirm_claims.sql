-- +goose Up
ALTER TABLE units ADD COLUMN confirm_claims BOOLEAN NULL;

-- +goose Down
ALTER TABLE units DROP COLUMN confirm_claims;
