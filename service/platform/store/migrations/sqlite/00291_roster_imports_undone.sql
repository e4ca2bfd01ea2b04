-- +goose Up
ALTER TABLE roster_imports ADD COLUMN undone_at DATETIME NULL;
ALTER TABLE roster_imports ADD COLUMN undone_by BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE roster_imports DROP COLUMN undone_at;
ALTER TABLE roster_imports DROP COLUMN undone_by;
