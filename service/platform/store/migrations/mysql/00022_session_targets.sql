-- +goose Up
CREATE TABLE session_targets (
    session_id BIGINT NOT NULL,
    unit_id    BIGINT NOT NULL,
    PRIMARY KEY (session_id, unit_id),
    KEY ix_session_targets_unit_id (unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE session_targets;
