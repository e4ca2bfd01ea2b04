-- +goose Up
-- By what names are sorted as people count. The program fills it where it is empty.
ALTER TABLE units ADD COLUMN counting_key TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE units DROP COLUMN counting_key;
