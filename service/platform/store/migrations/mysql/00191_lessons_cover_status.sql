-- +goose Up
-- Covers from before are shown as they were: their cover_status is empty.
ALTER TABLE lessons ADD COLUMN cover_status VARCHAR(16) NOT NULL DEFAULT '', ADD COLUMN cover_by BIGINT NOT NULL DEFAULT 0, ADD COLUMN cover_set_at DATETIME(3) NULL, ADD COLUMN cover_check_at DATETIME(3) NULL, ADD COLUMN cover_trace VARCHAR(128) NOT NULL DEFAULT '', ADD KEY ix_lessons_cover_check_at (cover_check_at), ADD KEY ix_lessons_cover_trace (cover_trace);

-- +goose Down
ALTER TABLE lessons DROP KEY ix_lessons_cover_trace, DROP KEY ix_lessons_cover_check_at, DROP COLUMN cover_trace, DROP COLUMN cover_check_at, DROP COLUMN cover_set_at, DROP COLUMN cover_by, DROP COLUMN cover_status;
