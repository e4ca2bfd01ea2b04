-- +goose Up
-- What is under way begins anew: a message that is written already is not written twice.
ALTER TABLE session_announcements DROP COLUMN last_pupil, ADD COLUMN last_class BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE session_announcements DROP COLUMN last_class, ADD COLUMN last_pupil BIGINT NOT NULL DEFAULT 0;
