-- +goose Up
ALTER TABLE outbox_messages
    ADD COLUMN pupil_id   BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN unit_id    BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN owner_id   BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN channel    VARCHAR(16) NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE outbox_messages DROP COLUMN pupil_id, DROP COLUMN unit_id, DROP COLUMN owner_id, DROP COLUMN channel;
