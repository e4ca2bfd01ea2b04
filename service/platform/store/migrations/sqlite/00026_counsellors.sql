-- +goose Up
CREATE TABLE counsellors (
    account_id   INTEGER NOT NULL,
    room_id      INTEGER NOT NULL,
    name         TEXT NOT NULL,
    introduction TEXT NOT NULL,
    created_at   DATETIME NOT NULL,
    updated_at   DATETIME NOT NULL,
    PRIMARY KEY (account_id)
);
CREATE INDEX ix_counsellors_room_id ON counsellors (room_id);

-- +goose Down
DROP TABLE counsellors;
