-- +goose Up
CREATE INDEX ix_counsel_records_author_id ON counsel_records (author_id);

-- +goose Down
DROP INDEX ix_counsel_records_author_id;
