-- +goose Up
CREATE TABLE alerts (
    id              BIGINT NOT NULL,
    level           VARCHAR(16) NOT NULL,
    status          VARCHAR(16) NOT NULL,
    unit_id         BIGINT NOT NULL,
    pupil_id        BIGINT NOT NULL,
    account_id      BIGINT NOT NULL,
    source_kind     VARCHAR(32) NOT NULL,
    source_id       BIGINT NOT NULL,
    raised_at       DATETIME(3) NOT NULL,
    due_at          DATETIME(3) NOT NULL,
    acknowledged_at DATETIME(3) NULL,
    acknowledged_by BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE KEY uq_alerts_source_kind_source_id (source_kind, source_id),
    KEY ix_alerts_status_due_at (status, due_at),
    KEY ix_alerts_unit_id (unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE alerts;
