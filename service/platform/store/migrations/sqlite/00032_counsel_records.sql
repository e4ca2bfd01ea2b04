-- +goose Up
CREATE TABLE counsel_records (
    id         INTEGER NOT NULL,
    booking_id INTEGER NOT NULL,
    author_id  INTEGER NOT NULL,
    content    BLOB NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_counsel_records_booking_id ON counsel_records (booking_id);

-- +goose Down
DROP TABLE counsel_records;
