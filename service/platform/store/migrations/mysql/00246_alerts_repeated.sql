-- +goose Up
ALTER TABLE alerts ADD COLUMN loose BOOLEAN NOT NULL DEFAULT FALSE, ADD COLUMN times INT NOT NULL DEFAULT 1, ADD COLUMN repeated_at DATETIME(3) NULL, ADD KEY ix_alerts_account_id (account_id);

-- +goose Down
ALTER TABLE alerts DROP KEY ix_alerts_account_id, DROP COLUMN loose, DROP COLUMN times, DROP COLUMN repeated_at;
