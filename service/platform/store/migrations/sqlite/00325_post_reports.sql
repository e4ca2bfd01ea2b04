-- +goose Up
CREATE TABLE post_reports (
    id         INTEGER NOT NULL,
    post_id    INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    decided_at DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_post_reports_post_id_account_id ON post_reports (post_id, account_id);

-- +goose Down
DROP TABLE post_reports;
