-- +goose Up
-- When an applied import was undone, and by whom.
ALTER TABLE roster_imports ADD COLUMN undone_at DATETIME(3) NULL, ADD COLUMN undone_by BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE roster_imports DROP COLUMN undone_at, DROP COLUMN undone_by;
