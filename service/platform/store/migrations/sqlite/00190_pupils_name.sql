-- +goose Up
-- Staff look for pupils by the beginning of their names.
CREATE INDEX ix_pupils_name ON pupils (name);

-- +goose Down
DROP INDEX ix_pupils_name;
