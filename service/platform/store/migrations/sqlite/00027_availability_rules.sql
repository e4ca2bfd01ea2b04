-- +goose Up
CREATE TABLE availability_rules (
    id             INTEGER NOT NULL,
    counsellor_id  INTEGER NOT NULL,
    room_id        INTEGER NOT NULL,
    mode           TEXT NOT NULL,
    weekday        INTEGER NOT NULL,
    start_minute   INTEGER NOT NULL,
    end_minute     INTEGER NOT NULL,
    slot_minutes   INTEGER NOT NULL,
    buffer_minutes INTEGER NOT NULL,
    lead_minutes   INTEGER NOT NULL,
    horizon_days   INTEGER NOT NULL,
    valid_from     TEXT NOT NULL,
    valid_until    TEXT NOT NULL DEFAULT '',
    created_at     DATETIME NOT NULL,
    ended_at       DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_availability_rules_counsellor_id ON availability_rules (counsellor_id);

-- +goose Down
DROP TABLE availability_rules;
