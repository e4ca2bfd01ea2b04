-- +goose Up
CREATE TABLE file_removals (
    id       INTEGER NOT NULL,
    file_key TEXT NOT NULL,
    due_at   DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_file_removals_file_key ON file_removals (file_key);

-- +goose Down
DROP TABLE file_removals;
