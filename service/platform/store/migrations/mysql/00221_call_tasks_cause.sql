-- +goose Up
ALTER TABLE call_tasks
ADD UNIQUE KEY uq_call_tasks_cause_kind_cause_id_kind_recipient_id (cause_kind, cause_id, kind, recipient_id),
DROP KEY ix_call_tasks_cause_kind_cause_id,
DROP KEY uq_call_tasks_message_id,
DROP COLUMN message_id;

-- +goose Down
ALTER TABLE call_tasks
ADD COLUMN message_id BIGINT NOT NULL DEFAULT 0 AFTER id,
ADD KEY ix_call_tasks_cause_kind_cause_id (cause_kind, cause_id),
DROP KEY uq_call_tasks_cause_kind_cause_id_kind_recipient_id;
