-- +goose Up
CREATE TABLE outbox_messages (
    id           BIGINT NOT NULL,
    kind         VARCHAR(32) NOT NULL,
    cause_kind   VARCHAR(32) NOT NULL,
    cause_id     BIGINT NOT NULL,
    recipient_id BIGINT NOT NULL,
    payload      TEXT NOT NULL,
    send_after   DATETIME(3) NOT NULL,
    cutoff_at    DATETIME(3) NOT NULL,
    status       VARCHAR(16) NOT NULL,
    attempts     INT NOT NULL DEFAULT 0,
    holder       VARCHAR(64) NOT NULL DEFAULT '',
    lease_until  DATETIME(3) NULL,
    sent_at      DATETIME(3) NULL,
    last_error   VARCHAR(200) NOT NULL DEFAULT '',
    created_at   DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_outbox_messages_cause_kind_cause_id_kind_recipient_id (cause_kind, cause_id, kind, recipient_id),
    KEY ix_outbox_messages_status_send_after (status, send_after)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE outbox_messages;
