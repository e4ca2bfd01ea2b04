-- +goose Up
CREATE TABLE session_invitees (
    session_id BIGINT NOT NULL,
    pupil_id   BIGINT NOT NULL,
    PRIMARY KEY (session_id, pupil_id),
    KEY ix_session_invitees_pupil_id (pupil_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE session_invitees;
