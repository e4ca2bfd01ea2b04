-- +goose Up
CREATE TABLE alert_times (
    id               BIGINT NOT NULL,
    unit_id          BIGINT NOT NULL,
    level            VARCHAR(16) NOT NULL,
    deadline_minutes INT NOT NULL,
    patience_minutes INT NOT NULL,
    quiet_minutes    INT NOT NULL,
    changed_at       DATETIME(3) NOT NULL,
    changed_by       BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY ix_alert_times_unit_id (unit_id, level, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE alert_times;
