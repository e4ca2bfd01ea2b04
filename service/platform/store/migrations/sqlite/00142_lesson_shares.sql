-- +goose Up
CREATE TABLE lesson_shares (
    id         INTEGER NOT NULL,
    token      TEXT NOT NULL,
    lesson_id  INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    sharer     TEXT NOT NULL,
    on_date    TEXT NOT NULL,
    opened     INTEGER NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_lesson_shares_token ON lesson_shares (token);
CREATE UNIQUE INDEX uq_lesson_shares_account_id_lesson_id_on_date ON lesson_shares (account_id, lesson_id, on_date);

-- +goose Down
DROP TABLE lesson_shares;
