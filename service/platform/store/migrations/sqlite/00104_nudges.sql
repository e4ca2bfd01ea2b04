-- +goose Up
CREATE TABLE nudges (
    id           INTEGER NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id   INTEGER NOT NULL,
    side         TEXT NOT NULL,
    pupil_id     INTEGER NOT NULL,
    day          TEXT NOT NULL,
    nudged_by    INTEGER NOT NULL,
    created_at   DATETIME NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_nudges_subject_kind_subject_id_side_pupil_id_day ON nudges (subject_kind, subject_id, side, pupil_id, day);

-- +goose Down
DROP TABLE nudges;
