-- +goose Up
CREATE TABLE consent_events (
    id         INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    purpose    TEXT NOT NULL,
    version    TEXT NOT NULL,
    action     TEXT NOT NULL,
    at         DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_consent_events_account_id ON consent_events (account_id);

-- +goose Down
DROP TABLE consent_events;
