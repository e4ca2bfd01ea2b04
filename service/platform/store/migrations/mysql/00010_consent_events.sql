-- +goose Up
CREATE TABLE consent_events (
    id         BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    purpose    VARCHAR(32) NOT NULL,
    version    VARCHAR(16) NOT NULL,
    action     VARCHAR(16) NOT NULL,
    at         DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_consent_events_account_id (account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE consent_events;
