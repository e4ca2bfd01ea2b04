-- +goose Up
CREATE UNIQUE INDEX uq_call_tasks_cause_kind_cause_id_kind_recipient_id ON call_tasks (cause_kind, cause_id, kind, recipient_id);
DROP INDEX ix_call_tasks_cause_kind_cause_id;
DROP INDEX uq_call_tasks_message_id;
ALTER TABLE call_tasks DROP COLUMN message_id;

-- +goose Down
ALTER TABLE call_tasks ADD COLUMN message_id INTEGER NOT NULL DEFAULT 0;
CREATE INDEX ix_call_tasks_cause_kind_cause_id ON call_tasks (cause_kind, cause_id);
DROP INDEX uq_call_tasks_cause_kind_cause_id_kind_recipient_id;
