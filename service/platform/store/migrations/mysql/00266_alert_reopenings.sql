-- +goose Up
CREATE TABLE alert_reopenings (
    id              BIGINT NOT NULL,
    alert_id        BIGINT NOT NULL,
    due_at          DATETIME(3) NOT NULL,
    acknowledged_at DATETIME(3) NOT NULL,
    acknowledged_by BIGINT NOT NULL,
    reopened_at     DATETIME(3) NOT NULL,
    reopened_by     BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY ix_alert_reopenings_alert_id (alert_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE alert_reopenings;
