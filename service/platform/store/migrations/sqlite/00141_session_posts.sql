-- +goose Up
CREATE TABLE session_posts (
    id          INTEGER NOT NULL,
    session_id  INTEGER NOT NULL,
    account_id  INTEGER NOT NULL,
    class_id    INTEGER NOT NULL DEFAULT 0,
    content     BLOB NULL,
    status      TEXT NOT NULL,
    verdict     TEXT NOT NULL,
    check_at    DATETIME NULL,
    decided_by  INTEGER NOT NULL DEFAULT 0,
    request_key TEXT NULL,
    created_at  DATETIME NOT NULL,
    deleted_at  DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_session_posts_account_id_request_key ON session_posts (account_id, request_key);
CREATE INDEX ix_session_posts_session_id ON session_posts (session_id, id);
CREATE INDEX ix_session_posts_check_at ON session_posts (check_at);

-- +goose Down
DROP TABLE session_posts;
