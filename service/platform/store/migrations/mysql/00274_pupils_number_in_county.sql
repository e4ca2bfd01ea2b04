-- +goose Up
ALTER TABLE pupils DROP KEY uq_pupils_student_no_hash, ADD UNIQUE KEY uq_pupils_student_no_hash (student_no_hash, county_id);

-- +goose Down
ALTER TABLE pupils DROP KEY uq_pupils_student_no_hash, ADD UNIQUE KEY uq_pupils_student_no_hash (student_no_hash);
