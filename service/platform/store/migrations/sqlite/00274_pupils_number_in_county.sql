-- +goose Up
DROP INDEX uq_pupils_student_no_hash;
CREATE UNIQUE INDEX uq_pupils_student_no_hash ON pupils (student_no_hash, county_id);

-- +goose Down
DROP INDEX uq_pupils_student_no_hash;
CREATE UNIQUE INDEX uq_pupils_student_no_hash ON pupils (student_no_hash);
