-- +goose Up
ALTER TABLE accounts ADD COLUMN lock_reason BLOB NULL;
ALTER TABLE accounts ADD COLUMN locked_by INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE accounts DROP COLUMN lock_reason;
ALTER TABLE accounts DROP COLUMN locked_by;
