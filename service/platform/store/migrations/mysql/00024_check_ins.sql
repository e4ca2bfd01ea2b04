-- +goose Up
CREATE TABLE check_ins (
    id           BIGINT NOT NULL,
    session_id   BIGINT NOT NULL,
    pupil_id     BIGINT NOT NULL,
    side         VARCHAR(8) NOT NULL,
    account_id   BIGINT NOT NULL,
    mode         VARCHAR(16) NOT NULL,
    at           DATETIME(3) NOT NULL,
    received_at  DATETIME(3) NOT NULL,
    late         BOOLEAN NOT NULL,
    confirmed_at DATETIME(3) NULL,
    refused_at   DATETIME(3) NULL,
    decided_by   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE KEY uq_check_ins_session_id_pupil_id_side (session_id, pupil_id, side),
    KEY ix_check_ins_pupil_id (pupil_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE check_ins;
