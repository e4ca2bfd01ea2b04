-- +goose Up
CREATE TABLE scenes (
    id         INTEGER NOT NULL,
    code       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    target_id  INTEGER NOT NULL,
    page       TEXT NOT NULL,
    params     TEXT NOT NULL,
    made_by    INTEGER NOT NULL,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    link       TEXT NOT NULL DEFAULT '',
    link_until DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_scenes_code ON scenes (code);
CREATE INDEX ix_scenes_kind_target_id ON scenes (kind, target_id, expires_at);
CREATE INDEX ix_scenes_expires_at ON scenes (expires_at);

-- +goose Down
DROP TABLE scenes;
