-- +goose Up
CREATE TABLE slots (
    id             INTEGER NOT NULL,
    rule_id        INTEGER NOT NULL,
    counsellor_id  INTEGER NOT NULL,
    room_id        INTEGER NOT NULL,
    mode           TEXT NOT NULL,
    starts_at      DATETIME NOT NULL,
    ends_at        DATETIME NOT NULL,
    bookable_until DATETIME NOT NULL,
    status         TEXT NOT NULL,
    booking_id     INTEGER NOT NULL DEFAULT 0,
    held_for       INTEGER NOT NULL DEFAULT 0,
    held_until     DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_slots_counsellor_id_starts_at ON slots (counsellor_id, starts_at);
CREATE INDEX ix_slots_starts_at ON slots (starts_at);
CREATE INDEX ix_slots_room_id_starts_at ON slots (room_id, starts_at);
CREATE INDEX ix_slots_status_held_until ON slots (status, held_until);

-- +goose Down
DROP TABLE slots;
