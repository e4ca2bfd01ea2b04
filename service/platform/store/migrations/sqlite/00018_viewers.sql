-- +goose Up
CREATE TABLE viewers (
    id           INTEGER NOT NULL,
    credited_at  DATETIME NOT NULL,
    allowance_ms INTEGER NOT NULL,
    PRIMARY KEY (id)
);

-- +goose Down
DROP TABLE viewers;
