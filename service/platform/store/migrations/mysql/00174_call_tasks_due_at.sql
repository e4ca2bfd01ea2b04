-- +goose Up
CREATE INDEX ix_call_tasks_done_at_due_at ON call_tasks (done_at, due_at, id);

-- +goose Down
DROP INDEX ix_call_tasks_done_at_due_at ON call_tasks;
