-- +goose Up
CREATE TABLE accounts (
    id            INTEGER NOT NULL,
    open_id       TEXT NOT NULL,
    union_id      TEXT NOT NULL DEFAULT '',
    name          TEXT NOT NULL DEFAULT '',
    created_at    DATETIME NOT NULL,
    last_login_at DATETIME NOT NULL,
    disabled_at   DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_accounts_open_id ON accounts (open_id);

-- +goose Down
DROP TABLE accounts;
