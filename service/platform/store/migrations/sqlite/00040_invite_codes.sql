-- +goose Up
CREATE TABLE invite_codes (
    account_id INTEGER NOT NULL,
    code       TEXT NOT NULL,
    expires_at DATETIME NOT NULL,
    PRIMARY KEY (account_id)
);
CREATE UNIQUE INDEX uq_invite_codes_code ON invite_codes (code);

-- +goose Down
DROP TABLE invite_codes;
