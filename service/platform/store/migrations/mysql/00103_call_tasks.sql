-- +goose Up
CREATE TABLE call_tasks (
    id           BIGINT NOT NULL,
    message_id   BIGINT NOT NULL,
    desk         VARCHAR(16) NOT NULL,
    unit_id      BIGINT NOT NULL,
    owner_id     BIGINT NOT NULL,
    pupil_id     BIGINT NOT NULL,
    recipient_id BIGINT NOT NULL,
    kind         VARCHAR(32) NOT NULL,
    cause_kind   VARCHAR(32) NOT NULL,
    cause_id     BIGINT NOT NULL,
    reason       VARCHAR(32) NOT NULL,
    due_at       DATETIME(3) NOT NULL,
    created_at   DATETIME(3) NOT NULL,
    done_at      DATETIME(3) NULL,
    done_by      BIGINT NOT NULL DEFAULT 0,
    outcome      VARCHAR(16) NOT NULL DEFAULT '',
    PRIMARY KEY (id),
    UNIQUE KEY uq_call_tasks_message_id (message_id),
    KEY ix_call_tasks_unit_id_done_at (unit_id, done_at),
    KEY ix_call_tasks_owner_id_done_at (owner_id, done_at),
    KEY ix_call_tasks_pupil_id (pupil_id),
    KEY ix_call_tasks_cause_kind_cause_id (cause_kind, cause_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE call_tasks;
