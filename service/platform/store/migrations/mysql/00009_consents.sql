-- +goose Up
CREATE TABLE consents (
    account_id   BIGINT NOT NULL,
    purpose      VARCHAR(32) NOT NULL,
    version      VARCHAR(16) NOT NULL,
    given_at     DATETIME(3) NOT NULL,
    withdrawn_at DATETIME(3) NULL,
    PRIMARY KEY (account_id, purpose)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE consents;
