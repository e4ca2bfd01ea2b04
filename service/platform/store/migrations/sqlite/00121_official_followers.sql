-- +goose Up
CREATE TABLE official_followers (
    open_id    TEXT NOT NULL,
    union_id   TEXT NOT NULL DEFAULT '',
    following  BOOLEAN NOT NULL,
    changed_at DATETIME NOT NULL,
    lookup_at  DATETIME NULL,
    lookups    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (open_id)
);
CREATE INDEX ix_official_followers_union_id ON official_followers (union_id);
CREATE INDEX ix_official_followers_lookup_at ON official_followers (lookup_at);

-- +goose Down
DROP TABLE official_followers;
