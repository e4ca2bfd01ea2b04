-- +goose Up
CREATE TABLE accounts (
    id            BIGINT NOT NULL,
    open_id       VARCHAR(64) NOT NULL,
    union_id      VARCHAR(64) NOT NULL DEFAULT '',
    name          VARCHAR(64) NOT NULL DEFAULT '',
    created_at    DATETIME(3) NOT NULL,
    last_login_at DATETIME(3) NOT NULL,
    disabled_at   DATETIME(3) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_accounts_open_id (open_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE accounts;
