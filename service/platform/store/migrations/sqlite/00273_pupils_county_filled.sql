-- +goose Up
UPDATE pupils SET county_id = COALESCE((SELECT k.ancestor_id FROM unit_closure k JOIN units u ON u.id = k.ancestor_id
    WHERE k.unit_id = pupils.class_id AND u.parent_id = 0), 0);

-- +goose Down
UPDATE pupils SET county_id = 0;
