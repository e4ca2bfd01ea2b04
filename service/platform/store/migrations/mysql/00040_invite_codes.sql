-- +goose Up
CREATE TABLE invite_codes (
    account_id BIGINT NOT NULL,
    code       VARCHAR(8) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    PRIMARY KEY (account_id),
    UNIQUE KEY uq_invite_codes_code (code)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE invite_codes;
