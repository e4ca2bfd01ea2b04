-- +goose Up
CREATE TABLE roster_import_parts (
    import_id INTEGER NOT NULL,
    part      INTEGER NOT NULL,
    content   BLOB NOT NULL,
    PRIMARY KEY (import_id, part)
);

-- +goose Down
DROP TABLE roster_import_parts;
