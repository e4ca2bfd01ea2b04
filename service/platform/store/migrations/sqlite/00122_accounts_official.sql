-- +goose Up
ALTER TABLE accounts ADD COLUMN nullable_open_id TEXT NULL;
UPDATE accounts SET nullable_open_id = open_id;
DROP INDEX uq_accounts_open_id;
ALTER TABLE accounts DROP COLUMN open_id;
ALTER TABLE accounts RENAME COLUMN nullable_open_id TO open_id;
ALTER TABLE accounts ADD COLUMN official_open_id TEXT NULL;
CREATE UNIQUE INDEX uq_accounts_open_id ON accounts (open_id);
CREATE UNIQUE INDEX uq_accounts_official_open_id ON accounts (official_open_id);
CREATE INDEX ix_accounts_union_id ON accounts (union_id);

-- +goose Down
DROP INDEX ix_accounts_union_id;
DROP INDEX uq_accounts_official_open_id;
ALTER TABLE accounts DROP COLUMN official_open_id;
