-- +goose Up
CREATE TABLE session_announcements (
    session_id INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    last_pupil INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    done_at    DATETIME NULL,
    PRIMARY KEY (session_id, kind)
);
CREATE INDEX ix_session_announcements_done_at ON session_announcements (done_at);

-- +goose Down
DROP TABLE session_announcements;
