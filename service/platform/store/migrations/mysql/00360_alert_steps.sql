-- +goose Up
CREATE TABLE alert_steps (
    id       BIGINT NOT NULL,
    alert_id BIGINT NOT NULL,
    episode  INT NOT NULL,
    kind     VARCHAR(16) NOT NULL,
    due_at   DATETIME(3) NOT NULL,
    done_at  DATETIME(3) NULL,
    outcome  VARCHAR(16) NOT NULL,
    unit_id  BIGINT NOT NULL,
    layer    INT NOT NULL,
    PRIMARY KEY (id),
    KEY ix_alert_steps_done_at_due_at (done_at, due_at),
    UNIQUE KEY uq_alert_steps_alert_id_episode_kind_due_at (alert_id, episode, kind, due_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE alert_steps;
