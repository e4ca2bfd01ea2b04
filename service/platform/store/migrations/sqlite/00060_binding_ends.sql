-- +goose Up
CREATE TABLE binding_ends (
    id         INTEGER NOT NULL,
    pupil_id   INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    relation   TEXT NOT NULL DEFAULT '',
    bound_at   DATETIME NULL,
    ended_at   DATETIME NOT NULL,
    ended_by   INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_binding_ends_pupil_id_account_id ON binding_ends (pupil_id, account_id);

-- +goose Down
DROP TABLE binding_ends;
