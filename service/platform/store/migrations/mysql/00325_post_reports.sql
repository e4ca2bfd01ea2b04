-- +goose Up
CREATE TABLE post_reports (
    id         BIGINT NOT NULL,
    post_id    BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    reason     VARCHAR(16) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    decided_at DATETIME(3) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_post_reports_post_id_account_id (post_id, account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE post_reports;
