-- +goose Up
CREATE TABLE lessons (
    id               INTEGER NOT NULL,
    unit_id          INTEGER NOT NULL,
    title            TEXT NOT NULL,
    summary          TEXT NOT NULL,
    for_pupils       BOOLEAN NOT NULL,
    for_guardians    BOOLEAN NOT NULL,
    term             TEXT NOT NULL,
    video_key        TEXT NOT NULL,
    cover_key        TEXT NOT NULL DEFAULT '',
    duration_seconds INTEGER NOT NULL,
    pass_percent     INTEGER NOT NULL DEFAULT 90,
    max_rate_percent INTEGER NOT NULL DEFAULT 200,
    status           TEXT NOT NULL,
    publish_from     DATETIME NULL,
    publish_until    DATETIME NULL,
    created_by       INTEGER NOT NULL,
    created_at       DATETIME NOT NULL,
    updated_at       DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_lessons_unit_id ON lessons (unit_id);
CREATE INDEX ix_lessons_term ON lessons (term);

-- +goose Down
DROP TABLE lessons;
