-- +goose Up
CREATE TABLE check_in_retractions (
    id           BIGINT NOT NULL,
    session_id   BIGINT NOT NULL,
    pupil_id     BIGINT NOT NULL,
    side         VARCHAR(8) NOT NULL,
    account_id   BIGINT NOT NULL,
    mode         VARCHAR(16) NOT NULL,
    at           DATETIME(3) NOT NULL,
    reason       VARBINARY(2048) NOT NULL,
    retracted_by BIGINT NOT NULL,
    retracted_at DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_check_in_retractions_session_id_id (session_id, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE check_in_retractions;
