-- +goose Up
CREATE TABLE lecture_sessions (
    id         INTEGER NOT NULL,
    lecture_id INTEGER NOT NULL,
    unit_id    INTEGER NOT NULL,
    host_id    INTEGER NOT NULL,
    mode       TEXT NOT NULL,
    status     TEXT NOT NULL,
    place      TEXT NOT NULL DEFAULT '',
    join_url   TEXT NOT NULL DEFAULT '',
    starts_at  DATETIME NOT NULL,
    ends_at    DATETIME NOT NULL,
    make_up_of INTEGER NOT NULL DEFAULT 0,
    version    INTEGER NOT NULL DEFAULT 1,
    created_by INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    updated_at DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_lecture_sessions_lecture_id ON lecture_sessions (lecture_id);
CREATE INDEX ix_lecture_sessions_host_id ON lecture_sessions (host_id);
CREATE INDEX ix_lecture_sessions_starts_at ON lecture_sessions (starts_at);

-- +goose Down
DROP TABLE lecture_sessions;
