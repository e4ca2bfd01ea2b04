-- +goose Up
CREATE TABLE message_credit_events (
    id          INTEGER NOT NULL,
    account_id  INTEGER NOT NULL,
    template_id TEXT NOT NULL,
    word        TEXT NOT NULL,
    source      TEXT NOT NULL,
    delta       INTEGER NOT NULL,
    message_id  INTEGER NOT NULL DEFAULT 0,
    same_tap    INTEGER NULL,
    request_key TEXT NULL,
    at          DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_message_credit_events_same_tap ON message_credit_events (same_tap);
CREATE UNIQUE INDEX uq_message_credit_events_account_id_request_key_template_id ON message_credit_events (account_id, request_key, template_id);
CREATE INDEX ix_message_credit_events_account_id_template_id_at ON message_credit_events (account_id, template_id, at);

-- +goose Down
DROP TABLE message_credit_events;
