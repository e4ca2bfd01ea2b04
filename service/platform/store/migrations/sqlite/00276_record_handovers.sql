-- +goose Up
CREATE TABLE record_handovers (
    id             INTEGER NOT NULL PRIMARY KEY,
    booking_id     INTEGER NOT NULL,
    author_id      INTEGER NOT NULL,
    counsellor_id  INTEGER NOT NULL,
    last_record_id INTEGER NOT NULL,
    created_at     DATETIME NOT NULL
);
CREATE UNIQUE INDEX uq_record_handovers_booking_id_author_id_counsellor_id_last ON record_handovers (booking_id, author_id, counsellor_id, last_record_id);

-- +goose Down
DROP TABLE record_handovers;
