-- +goose Up
CREATE TABLE lectures (
    id            INTEGER NOT NULL,
    unit_id       INTEGER NOT NULL,
    number        INTEGER NOT NULL,
    title         TEXT NOT NULL,
    summary       TEXT NOT NULL,
    for_pupils    BOOLEAN NOT NULL,
    for_guardians BOOLEAN NOT NULL,
    term          TEXT NOT NULL,
    created_by    INTEGER NOT NULL,
    created_at    DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_lectures_unit_id_term_number ON lectures (unit_id, term, number);
CREATE INDEX ix_lectures_term ON lectures (term);

-- +goose Down
DROP TABLE lectures;
