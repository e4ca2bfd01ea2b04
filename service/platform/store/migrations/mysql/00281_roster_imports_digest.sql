-- +goose Up
ALTER TABLE roster_imports ADD COLUMN plan_digest VARCHAR(64) NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE roster_imports DROP COLUMN plan_digest;
