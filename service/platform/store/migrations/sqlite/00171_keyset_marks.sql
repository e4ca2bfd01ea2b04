-- +goose Up
CREATE TABLE keyset_marks (
    id   INTEGER NOT NULL,
    mark BLOB NOT NULL,
    PRIMARY KEY (id)
);

-- +goose Down
DROP TABLE keyset_marks;
