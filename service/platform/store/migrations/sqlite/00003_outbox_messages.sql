-- +goose Up
CREATE TABLE outbox_messages (
    id           INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    cause_kind   TEXT NOT NULL,
    cause_id     INTEGER NOT NULL,
    recipient_id INTEGER NOT NULL,
    payload      TEXT NOT NULL,
    send_after   DATETIME NOT NULL,
    cutoff_at    DATETIME NOT NULL,
    status       TEXT NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    holder       TEXT NOT NULL DEFAULT '',
    lease_until  DATETIME NULL,
    sent_at      DATETIME NULL,
    last_error   TEXT NOT NULL DEFAULT '',
    created_at   DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_outbox_messages_cause_kind_cause_id_kind_recipient_id ON outbox_messages (cause_kind, cause_id, kind, recipient_id);
CREATE INDEX ix_outbox_messages_status_send_after ON outbox_messages (status, send_after);

-- +goose Down
DROP TABLE outbox_messages;
