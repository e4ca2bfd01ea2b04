-- +goose Up
CREATE TABLE session_posts (
    id          BIGINT NOT NULL,
    session_id  BIGINT NOT NULL,
    account_id  BIGINT NOT NULL,
    class_id    BIGINT NOT NULL DEFAULT 0,
    content     BLOB NULL,
    status      VARCHAR(16) NOT NULL,
    verdict     VARCHAR(16) NOT NULL,
    check_at    DATETIME(3) NULL,
    decided_by  BIGINT NOT NULL DEFAULT 0,
    request_key VARCHAR(64) NULL,
    created_at  DATETIME(3) NOT NULL,
    deleted_at  DATETIME(3) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_session_posts_account_id_request_key (account_id, request_key),
    KEY ix_session_posts_session_id (session_id, id),
    KEY ix_session_posts_check_at (check_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE session_posts;
