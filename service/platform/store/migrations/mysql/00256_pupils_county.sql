-- +goose Up
ALTER TABLE pupils ADD COLUMN county_id BIGINT NOT NULL DEFAULT 0;
UPDATE pupils SET county_id = COALESCE((SELECT k.ancestor_id FROM unit_closure k JOIN units u ON u.id = k.ancestor_id
    WHERE k.unit_id = pupils.class_id AND u.parent_id = 0), 0);
ALTER TABLE pupils DROP KEY uq_pupils_student_no_hash, ADD UNIQUE KEY uq_pupils_student_no_hash (student_no_hash, county_id);

-- +goose Down
ALTER TABLE pupils DROP KEY uq_pupils_student_no_hash, ADD UNIQUE KEY uq_pupils_student_no_hash (student_no_hash);
ALTER TABLE pupils DROP COLUMN county_id;
