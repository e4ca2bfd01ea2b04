-- +goose Up
CREATE TABLE alert_tellings (
    step_id    BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    PRIMARY KEY (step_id, account_id),
    KEY ix_alert_tellings_account_id (account_id, step_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE alert_tellings;
