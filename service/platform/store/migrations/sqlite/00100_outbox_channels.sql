-- +goose Up
ALTER TABLE outbox_messages
    ADD COLUMN pupil_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox_messages
    ADD COLUMN unit_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox_messages
    ADD COLUMN owner_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox_messages
    ADD COLUMN channel TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE outbox_messages DROP COLUMN pupil_id;
ALTER TABLE outbox_messages DROP COLUMN unit_id;
ALTER TABLE outbox_messages DROP COLUMN owner_id;
ALTER TABLE outbox_messages DROP COLUMN channel;
