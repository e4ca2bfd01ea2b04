-- +goose Up
CREATE TABLE jobs (
    name        TEXT NOT NULL,
    due_at      DATETIME NOT NULL,
    holder      TEXT NOT NULL DEFAULT '',
    lease_until DATETIME NULL,
    last_run_at DATETIME NULL,
    last_error  TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (name)
);

-- +goose Down
DROP TABLE jobs;
