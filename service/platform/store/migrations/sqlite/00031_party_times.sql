-- +goose Up
CREATE TABLE party_times (
    party_id   INTEGER NOT NULL,
    bucket     INTEGER NOT NULL,
    booking_id INTEGER NOT NULL,
    PRIMARY KEY (party_id, bucket)
) WITHOUT ROWID;
CREATE INDEX ix_party_times_booking_id ON party_times (booking_id);

-- +goose Down
DROP TABLE party_times;
