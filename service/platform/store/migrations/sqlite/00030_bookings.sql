-- +goose Up
CREATE TABLE bookings (
    id              INTEGER NOT NULL,
    slot_id         INTEGER NOT NULL,
    counsellor_id   INTEGER NOT NULL,
    room_id         INTEGER NOT NULL,
    unit_id         INTEGER NOT NULL,
    mode            TEXT NOT NULL,
    starts_at       DATETIME NOT NULL,
    ends_at         DATETIME NOT NULL,
    account_id      INTEGER NOT NULL,
    attendee_id     INTEGER NOT NULL,
    pupil_id        INTEGER NOT NULL,
    concern         BLOB NULL,
    self_harm       BOOLEAN NOT NULL,
    status          TEXT NOT NULL,
    cancel_reason   TEXT NOT NULL DEFAULT '',
    request_key     TEXT NULL,
    request_slot_id INTEGER NOT NULL,
    version         INTEGER NOT NULL DEFAULT 1,
    created_at      DATETIME NOT NULL,
    updated_at      DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_bookings_account_id_request_key ON bookings (account_id, request_key);
CREATE INDEX ix_bookings_slot_id ON bookings (slot_id);
CREATE INDEX ix_bookings_attendee_id ON bookings (attendee_id);
CREATE INDEX ix_bookings_pupil_id ON bookings (pupil_id);
CREATE INDEX ix_bookings_counsellor_id_starts_at ON bookings (counsellor_id, starts_at);
CREATE INDEX ix_bookings_unit_id_starts_at ON bookings (unit_id, starts_at);

-- +goose Down
DROP TABLE bookings;
