-- +goose Up
CREATE TABLE login_tokens (
    id         INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    token_hash BLOB NOT NULL,
    device     TEXT NOT NULL DEFAULT '',
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    revoked_at DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_login_tokens_token_hash ON login_tokens (token_hash);
CREATE INDEX ix_login_tokens_account_id ON login_tokens (account_id);

-- +goose Down
DROP TABLE login_tokens;
