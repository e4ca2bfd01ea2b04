-- +goose Up
CREATE TABLE availability_exceptions (
    id            INTEGER NOT NULL,
    counsellor_id INTEGER NOT NULL,
    on_date       TEXT NOT NULL,
    start_minute  INTEGER NOT NULL,
    end_minute    INTEGER NOT NULL,
    reason        TEXT NOT NULL DEFAULT '',
    created_at    DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_availability_exceptions_counsellor_id_on_date ON availability_exceptions (counsellor_id, on_date);

-- +goose Down
DROP TABLE availability_exceptions;
