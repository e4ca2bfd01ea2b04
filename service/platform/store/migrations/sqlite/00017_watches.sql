-- +goose Up
CREATE TABLE watches (
    id           INTEGER NOT NULL,
    lesson_id    INTEGER NOT NULL,
    account_id   INTEGER NOT NULL,
    viewer_id    INTEGER NOT NULL,
    companion_id INTEGER NOT NULL,
    pupil_id     INTEGER NOT NULL,
    opened_at    DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_watches_viewer_id_lesson_id ON watches (viewer_id, lesson_id);

-- +goose Down
DROP TABLE watches;
