-- +goose Up
CREATE TABLE units (
    id          INTEGER NOT NULL,
    parent_id   INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    code        TEXT NOT NULL,
    pupil_count INTEGER NOT NULL DEFAULT 0,
    created_at  DATETIME NOT NULL,
    archived_at DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_units_code ON units (code);
CREATE UNIQUE INDEX uq_units_parent_id_name ON units (parent_id, name);

-- +goose Down
DROP TABLE units;
