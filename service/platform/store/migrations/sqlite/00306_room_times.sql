-- +goose Up
CREATE TABLE room_times (
    room_id INTEGER NOT NULL,
    at      DATETIME NOT NULL,
    booth   INTEGER NOT NULL,
    slot_id INTEGER NOT NULL,
    PRIMARY KEY (room_id, at, booth)
) WITHOUT ROWID;
CREATE INDEX ix_room_times_slot_id ON room_times (slot_id);

-- +goose Down
DROP TABLE room_times;
