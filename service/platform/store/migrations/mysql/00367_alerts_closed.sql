-- +goose Up
ALTER TABLE alerts
    ADD COLUMN drill BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN entry_at DATETIME(3) NULL,
    ADD COLUMN next_at DATETIME(3) NULL,
    ADD COLUMN handed_to BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN closed_at DATETIME(3) NULL,
    ADD COLUMN closed_by BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN reviewed_at DATETIME(3) NULL,
    ADD COLUMN reviewed_by BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE alerts
    DROP COLUMN drill,
    DROP COLUMN entry_at,
    DROP COLUMN next_at,
    DROP COLUMN handed_to,
    DROP COLUMN closed_at,
    DROP COLUMN closed_by,
    DROP COLUMN reviewed_at,
    DROP COLUMN reviewed_by;
