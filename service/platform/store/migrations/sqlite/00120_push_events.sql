-- +goose Up
CREATE TABLE push_events (
    id          INTEGER NOT NULL,
    event_key   TEXT NOT NULL,
    app         TEXT NOT NULL,
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    status      TEXT NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_at      DATETIME NOT NULL,
    received_at DATETIME NOT NULL,
    last_error  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_push_events_event_key ON push_events (event_key);
CREATE INDEX ix_push_events_status_due_at ON push_events (status, due_at);
CREATE INDEX ix_push_events_received_at ON push_events (received_at);

-- +goose Down
DROP TABLE push_events;
