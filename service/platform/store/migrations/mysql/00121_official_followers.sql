-- +goose Up
CREATE TABLE official_followers (
    open_id    VARCHAR(64) NOT NULL,
    union_id   VARCHAR(64) NOT NULL DEFAULT '',
    following  BOOLEAN NOT NULL,
    changed_at DATETIME(3) NOT NULL,
    lookup_at  DATETIME(3) NULL,
    lookups    INT NOT NULL DEFAULT 0,
    PRIMARY KEY (open_id),
    KEY ix_official_followers_union_id (union_id),
    KEY ix_official_followers_lookup_at (lookup_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE official_followers;
