-- +goose Up
DELETE FROM call_tasks WHERE EXISTS (
SELECT 1 FROM call_tasks AS newer WHERE newer.cause_kind = call_tasks.cause_kind AND newer.cause_id = call_tasks.cause_id
AND newer.kind = call_tasks.kind AND newer.recipient_id = call_tasks.recipient_id AND newer.id > call_tasks.id);

-- +goose Down
