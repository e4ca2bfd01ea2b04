-- +goose Up
ALTER TABLE counsel_records ADD KEY ix_counsel_records_author_id (author_id);

-- +goose Down
ALTER TABLE counsel_records DROP KEY ix_counsel_records_author_id;
