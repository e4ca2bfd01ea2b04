-- +goose Up
CREATE TABLE lessons (
    id               BIGINT NOT NULL,
    unit_id          BIGINT NOT NULL,
    title            VARCHAR(100) NOT NULL,
    summary          TEXT NOT NULL,
    for_pupils       BOOLEAN NOT NULL,
    for_guardians    BOOLEAN NOT NULL,
    term             VARCHAR(6) NOT NULL,
    video_key        VARCHAR(200) NOT NULL,
    cover_key        VARCHAR(200) NOT NULL DEFAULT '',
    duration_seconds INT NOT NULL,
    pass_percent     INT NOT NULL DEFAULT 90,
    max_rate_percent INT NOT NULL DEFAULT 200,
    status           VARCHAR(16) NOT NULL,
    publish_from     DATETIME(3) NULL,
    publish_until    DATETIME(3) NULL,
    created_by       BIGINT NOT NULL,
    created_at       DATETIME(3) NOT NULL,
    updated_at       DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_lessons_unit_id (unit_id),
    KEY ix_lessons_term (term)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE lessons;
