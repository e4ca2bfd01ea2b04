-- +goose Up
-- What is under way begins anew: a message that is written already is not written twice.
ALTER TABLE session_announcements DROP COLUMN last_pupil;
ALTER TABLE session_announcements ADD COLUMN last_class INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE session_announcements DROP COLUMN last_class;
ALTER TABLE session_announcements ADD COLUMN last_pupil INTEGER NOT NULL DEFAULT 0;
