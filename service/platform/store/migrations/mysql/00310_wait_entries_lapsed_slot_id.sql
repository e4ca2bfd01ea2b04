-- +goose Up
ALTER TABLE wait_entries ADD COLUMN lapsed_slot_id BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE wait_entries DROP COLUMN lapsed_slot_id;
