-- +goose Up
CREATE TABLE account_phones (
    account_id  BIGINT NOT NULL,
    number      BLOB NOT NULL,
    number_hash BINARY(32) NOT NULL,
    created_at  DATETIME(3) NOT NULL,
    PRIMARY KEY (account_id),
    KEY ix_account_phones_number_hash (number_hash)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE account_phones;
