-- +goose Up
CREATE TABLE lesson_progress (
    viewer_id       INTEGER NOT NULL,
    lesson_id       INTEGER NOT NULL,
    watch_id        INTEGER NOT NULL,
    last_seq        INTEGER NOT NULL,
    position        INTEGER NOT NULL,
    watched_seconds INTEGER NOT NULL,
    bitmap          BLOB NOT NULL,
    started_at      DATETIME NULL,
    completed_at    DATETIME NULL,
    updated_at      DATETIME NOT NULL,
    PRIMARY KEY (viewer_id, lesson_id)
) WITHOUT ROWID;
CREATE INDEX ix_lesson_progress_lesson_id ON lesson_progress (lesson_id);

-- +goose Down
DROP TABLE lesson_progress;
