-- +goose Up
CREATE TABLE lesson_progress (
    viewer_id       BIGINT NOT NULL,
    lesson_id       BIGINT NOT NULL,
    watch_id        BIGINT NOT NULL,
    last_seq        BIGINT NOT NULL,
    position        INT NOT NULL,
    watched_seconds INT NOT NULL,
    bitmap          VARBINARY(4096) NOT NULL,
    started_at      DATETIME(3) NULL,
    completed_at    DATETIME(3) NULL,
    updated_at      DATETIME(3) NOT NULL,
    PRIMARY KEY (viewer_id, lesson_id),
    KEY ix_lesson_progress_lesson_id (lesson_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE lesson_progress;
