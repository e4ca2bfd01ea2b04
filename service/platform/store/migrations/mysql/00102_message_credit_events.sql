-- +goose Up
CREATE TABLE message_credit_events (
    id          BIGINT NOT NULL,
    account_id  BIGINT NOT NULL,
    template_id VARCHAR(64) NOT NULL,
    word        VARCHAR(16) NOT NULL,
    source      VARCHAR(16) NOT NULL,
    delta       INT NOT NULL,
    message_id  BIGINT NOT NULL DEFAULT 0,
    same_tap    BIGINT NULL,
    request_key VARCHAR(64) NULL,
    at          DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_message_credit_events_same_tap (same_tap),
    UNIQUE KEY uq_message_credit_events_account_id_request_key_template_id (account_id, request_key, template_id),
    KEY ix_message_credit_events_account_id_template_id_at (account_id, template_id, at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE message_credit_events;
