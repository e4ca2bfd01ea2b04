-- +goose Up
CREATE TABLE pupils (
    id              INTEGER NOT NULL,
    class_id        INTEGER NOT NULL,
    name            TEXT NOT NULL,
    gender          TEXT NOT NULL DEFAULT '',
    birth_date      TEXT NOT NULL DEFAULT '',
    student_no      BLOB NOT NULL,
    student_no_hash BLOB NOT NULL,
    account_id      INTEGER NULL,
    created_at      DATETIME NOT NULL,
    updated_at      DATETIME NOT NULL,
    departed_at     DATETIME NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_pupils_student_no_hash ON pupils (student_no_hash);
CREATE UNIQUE INDEX uq_pupils_account_id ON pupils (account_id);
CREATE INDEX ix_pupils_class_id ON pupils (class_id);

-- +goose Down
DROP TABLE pupils;
