-- +goose Up
ALTER TABLE accounts ADD COLUMN lock_reason VARBINARY(1024) NULL, ADD COLUMN locked_by BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE accounts DROP COLUMN lock_reason, DROP COLUMN locked_by;
