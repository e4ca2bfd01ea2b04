-- +goose Up
CREATE TABLE lesson_shares (
    id         BIGINT NOT NULL,
    token      VARCHAR(32) NOT NULL,
    lesson_id  BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    sharer     VARCHAR(16) NOT NULL,
    on_date    VARCHAR(10) NOT NULL,
    opened     BIGINT NOT NULL DEFAULT 0,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_lesson_shares_token (token),
    UNIQUE KEY uq_lesson_shares_account_id_lesson_id_on_date (account_id, lesson_id, on_date)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE lesson_shares;
