-- +goose Up
DELETE older FROM call_tasks AS older
JOIN call_tasks AS newer ON newer.cause_kind = older.cause_kind AND newer.cause_id = older.cause_id AND newer.kind = older.kind
AND newer.recipient_id = older.recipient_id AND newer.id > older.id;

-- +goose Down
