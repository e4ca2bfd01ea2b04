-- +goose Up
ALTER TABLE login_tokens ADD COLUMN login_id BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE login_tokens DROP COLUMN login_id;
