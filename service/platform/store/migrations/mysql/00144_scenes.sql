-- +goose Up
CREATE TABLE scenes (
    id         BIGINT NOT NULL,
    code       VARCHAR(32) NOT NULL,
    kind       VARCHAR(16) NOT NULL,
    target_id  BIGINT NOT NULL,
    page       VARCHAR(128) NOT NULL,
    params     TEXT NOT NULL,
    made_by    BIGINT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    link       VARCHAR(255) NOT NULL DEFAULT '',
    link_until DATETIME(3) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_scenes_code (code),
    KEY ix_scenes_kind_target_id (kind, target_id, expires_at),
    KEY ix_scenes_expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE scenes;
