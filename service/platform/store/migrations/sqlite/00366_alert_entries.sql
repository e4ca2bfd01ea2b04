-- +goose Up
CREATE TABLE alert_entries (
    id          INTEGER NOT NULL PRIMARY KEY,
    alert_id    INTEGER NOT NULL,
    episode     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    at          DATETIME NOT NULL,
    account_id  INTEGER NOT NULL,
    choice      TEXT NOT NULL,
    reached     BOOLEAN NOT NULL,
    to_id       INTEGER NOT NULL,
    source_id   INTEGER NOT NULL,
    happened_at DATETIME NULL,
    content     BLOB NULL
);
CREATE INDEX ix_alert_entries_alert_id ON alert_entries (alert_id, id);
CREATE INDEX ix_alert_entries_source_id ON alert_entries (source_id);

-- +goose Down
DROP TABLE alert_entries;
