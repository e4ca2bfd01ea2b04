-- +goose Up
CREATE TABLE session_announcements (
    session_id BIGINT NOT NULL,
    kind       VARCHAR(32) NOT NULL,
    last_pupil BIGINT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    done_at    DATETIME(3) NULL,
    PRIMARY KEY (session_id, kind),
    KEY ix_session_announcements_done_at (done_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE session_announcements;
