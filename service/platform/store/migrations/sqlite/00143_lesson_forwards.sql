-- +goose Up
CREATE TABLE lesson_forwards (
    id         INTEGER NOT NULL,
    lesson_id  INTEGER NOT NULL,
    unit_id    INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    on_date    TEXT NOT NULL,
    families   INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_lesson_forwards_lesson_id_unit_id_on_date ON lesson_forwards (lesson_id, unit_id, on_date);
CREATE INDEX ix_lesson_forwards_unit_id ON lesson_forwards (unit_id);

-- +goose Down
DROP TABLE lesson_forwards;
