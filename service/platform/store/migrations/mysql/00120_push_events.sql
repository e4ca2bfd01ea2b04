-- +goose Up
CREATE TABLE push_events (
    id          BIGINT NOT NULL,
    event_key   VARCHAR(64) NOT NULL,
    app         VARCHAR(16) NOT NULL,
    kind        VARCHAR(16) NOT NULL,
    payload     TEXT NOT NULL,
    status      VARCHAR(16) NOT NULL,
    attempts    INT NOT NULL DEFAULT 0,
    due_at      DATETIME(3) NOT NULL,
    received_at DATETIME(3) NOT NULL,
    last_error  VARCHAR(200) NOT NULL DEFAULT '',
    PRIMARY KEY (id),
    UNIQUE KEY uq_push_events_event_key (event_key),
    KEY ix_push_events_status_due_at (status, due_at),
    KEY ix_push_events_received_at (received_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE push_events;
