-- +goose Up
CREATE TABLE wait_entries (
    id            INTEGER NOT NULL,
    account_id    INTEGER NOT NULL,
    attendee_id   INTEGER NOT NULL,
    pupil_id      INTEGER NOT NULL,
    counsellor_id INTEGER NOT NULL,
    room_id       INTEGER NOT NULL,
    from_at       DATETIME NOT NULL,
    to_at         DATETIME NOT NULL,
    status        TEXT NOT NULL,
    slot_id       INTEGER NOT NULL DEFAULT 0,
    held_until    DATETIME NULL,
    booking_id    INTEGER NOT NULL DEFAULT 0,
    request_key   TEXT NULL,
    created_at    DATETIME NOT NULL,
    updated_at    DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_wait_entries_account_id_request_key ON wait_entries (account_id, request_key);
CREATE INDEX ix_wait_entries_status_to_at ON wait_entries (status, to_at);
CREATE INDEX ix_wait_entries_slot_id ON wait_entries (slot_id);

-- +goose Down
DROP TABLE wait_entries;
