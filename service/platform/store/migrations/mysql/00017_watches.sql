-- +goose Up
CREATE TABLE watches (
    id           BIGINT NOT NULL,
    lesson_id    BIGINT NOT NULL,
    account_id   BIGINT NOT NULL,
    viewer_id    BIGINT NOT NULL,
    companion_id BIGINT NOT NULL,
    pupil_id     BIGINT NOT NULL,
    opened_at    DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_watches_viewer_id_lesson_id (viewer_id, lesson_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE watches;
