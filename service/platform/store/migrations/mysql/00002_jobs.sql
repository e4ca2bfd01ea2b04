-- +goose Up
CREATE TABLE jobs (
    name        VARCHAR(64) NOT NULL,
    due_at      DATETIME(3) NOT NULL,
    holder      VARCHAR(64) NOT NULL DEFAULT '',
    lease_until DATETIME(3) NULL,
    last_run_at DATETIME(3) NULL,
    last_error  VARCHAR(500) NOT NULL DEFAULT '',
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE jobs;
