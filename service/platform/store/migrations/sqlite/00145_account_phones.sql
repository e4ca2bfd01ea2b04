-- +goose Up
CREATE TABLE account_phones (
    account_id  INTEGER NOT NULL,
    number      BLOB NOT NULL,
    number_hash BLOB NOT NULL,
    created_at  DATETIME NOT NULL,
    PRIMARY KEY (account_id)
);
CREATE INDEX ix_account_phones_number_hash ON account_phones (number_hash);

-- +goose Down
DROP TABLE account_phones;
