-- +goose Up
CREATE TABLE lectures (
    id            BIGINT NOT NULL,
    unit_id       BIGINT NOT NULL,
    number        INT NOT NULL,
    title         VARCHAR(100) NOT NULL,
    summary       TEXT NOT NULL,
    for_pupils    BOOLEAN NOT NULL,
    for_guardians BOOLEAN NOT NULL,
    term          VARCHAR(6) NOT NULL,
    created_by    BIGINT NOT NULL,
    created_at    DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_lectures_unit_id_term_number (unit_id, term, number),
    KEY ix_lectures_term (term)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE lectures;
