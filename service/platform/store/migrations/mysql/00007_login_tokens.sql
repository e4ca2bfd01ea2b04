-- +goose Up
CREATE TABLE login_tokens (
    id         BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    token_hash BINARY(32) NOT NULL,
    device     VARCHAR(100) NOT NULL DEFAULT '',
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    revoked_at DATETIME(3) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_login_tokens_token_hash (token_hash),
    KEY ix_login_tokens_account_id (account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE login_tokens;
