-- +goose Up
CREATE TABLE consents (
    account_id   INTEGER NOT NULL,
    purpose      TEXT NOT NULL,
    version      TEXT NOT NULL,
    given_at     DATETIME NOT NULL,
    withdrawn_at DATETIME NULL,
    PRIMARY KEY (account_id, purpose)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE consents;
