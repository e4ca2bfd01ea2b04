-- +goose Up
CREATE TABLE lecture_sessions (
    id         BIGINT NOT NULL,
    lecture_id BIGINT NOT NULL,
    unit_id    BIGINT NOT NULL,
    host_id    BIGINT NOT NULL,
    mode       VARCHAR(16) NOT NULL,
    status     VARCHAR(16) NOT NULL,
    place      VARCHAR(200) NOT NULL DEFAULT '',
    join_url   VARCHAR(500) NOT NULL DEFAULT '',
    starts_at  DATETIME(3) NOT NULL,
    ends_at    DATETIME(3) NOT NULL,
    make_up_of BIGINT NOT NULL DEFAULT 0,
    version    INT NOT NULL DEFAULT 1,
    created_by BIGINT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    updated_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_lecture_sessions_lecture_id (lecture_id),
    KEY ix_lecture_sessions_host_id (host_id),
    KEY ix_lecture_sessions_starts_at (starts_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE lecture_sessions;
