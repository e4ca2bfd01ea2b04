-- +goose Up
ALTER TABLE grants ADD COLUMN revoked_by BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE grants DROP COLUMN revoked_by;
