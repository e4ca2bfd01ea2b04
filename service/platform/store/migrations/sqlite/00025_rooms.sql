-- +goose Up
CREATE TABLE rooms (
    id           INTEGER NOT NULL,
    unit_id      INTEGER NOT NULL,
    name         TEXT NOT NULL,
    place        TEXT NOT NULL DEFAULT '',
    introduction TEXT NOT NULL,
    open_hours   TEXT NOT NULL DEFAULT '',
    created_at   DATETIME NOT NULL,
    updated_at   DATETIME NOT NULL,
    closed_at    DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_rooms_unit_id ON rooms (unit_id);

-- +goose Down
DROP TABLE rooms;
