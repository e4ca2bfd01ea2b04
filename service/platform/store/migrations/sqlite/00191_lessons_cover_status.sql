-- +goose Up
-- Covers from before are shown as they were: their cover_status is empty.
ALTER TABLE lessons ADD COLUMN cover_status TEXT NOT NULL DEFAULT '';
ALTER TABLE lessons ADD COLUMN cover_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lessons ADD COLUMN cover_set_at DATETIME NULL;
ALTER TABLE lessons ADD COLUMN cover_check_at DATETIME NULL;
ALTER TABLE lessons ADD COLUMN cover_trace TEXT NOT NULL DEFAULT '';
CREATE INDEX ix_lessons_cover_check_at ON lessons (cover_check_at);
CREATE INDEX ix_lessons_cover_trace ON lessons (cover_trace);

-- +goose Down
DROP INDEX ix_lessons_cover_trace;
DROP INDEX ix_lessons_cover_check_at;
ALTER TABLE lessons DROP COLUMN cover_trace;
ALTER TABLE lessons DROP COLUMN cover_check_at;
ALTER TABLE lessons DROP COLUMN cover_set_at;
ALTER TABLE lessons DROP COLUMN cover_by;
ALTER TABLE lessons DROP COLUMN cover_status;
