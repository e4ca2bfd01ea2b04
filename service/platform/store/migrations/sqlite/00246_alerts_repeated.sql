-- +goose Up
ALTER TABLE alerts ADD COLUMN loose BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE alerts ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
ALTER TABLE alerts ADD COLUMN repeated_at DATETIME NULL;
CREATE INDEX ix_alerts_account_id ON alerts (account_id);

-- +goose Down
DROP INDEX ix_alerts_account_id;
ALTER TABLE alerts DROP COLUMN repeated_at;
ALTER TABLE alerts DROP COLUMN times;
ALTER TABLE alerts DROP COLUMN loose;
