-- +goose Up
CREATE TABLE nudges (
    id           BIGINT NOT NULL,
    subject_kind VARCHAR(16) NOT NULL,
    subject_id   BIGINT NOT NULL,
    side         VARCHAR(16) NOT NULL,
    pupil_id     BIGINT NOT NULL,
    day          CHAR(10) NOT NULL,
    nudged_by    BIGINT NOT NULL,
    created_at   DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_nudges_subject_kind_subject_id_side_pupil_id_day (subject_kind, subject_id, side, pupil_id, day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE nudges;
