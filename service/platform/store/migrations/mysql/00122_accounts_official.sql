-- +goose Up
ALTER TABLE accounts MODIFY open_id VARCHAR(64) NULL, ADD COLUMN official_open_id VARCHAR(64) NULL, ADD UNIQUE KEY uq_accounts_official_open_id (official_open_id), ADD KEY ix_accounts_union_id (union_id);

-- +goose Down
ALTER TABLE accounts DROP KEY ix_accounts_union_id, DROP KEY uq_accounts_official_open_id, DROP COLUMN official_open_id;
