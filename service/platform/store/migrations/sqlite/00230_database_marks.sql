-- +goose Up
CREATE TABLE database_marks (
    id       INTEGER NOT NULL,
    used_for TEXT NOT NULL,
    PRIMARY KEY (id)
);

-- +goose Down
DROP TABLE database_marks;
