-- +goose Up
CREATE TABLE lesson_forwards (
    id         BIGINT NOT NULL,
    lesson_id  BIGINT NOT NULL,
    unit_id    BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    on_date    VARCHAR(10) NOT NULL,
    families   INT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_lesson_forwards_lesson_id_unit_id_on_date (lesson_id, unit_id, on_date),
    KEY ix_lesson_forwards_unit_id (unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE lesson_forwards;
