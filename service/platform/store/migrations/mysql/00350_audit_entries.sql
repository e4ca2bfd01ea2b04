-- +goose Up
CREATE TABLE audit_entries (
    id         BIGINT NOT NULL,
    at         DATETIME(3) NOT NULL,
    actor_id   BIGINT NOT NULL,
    actor_role VARCHAR(16) NOT NULL,
    token_id   BIGINT NOT NULL,
    action     VARCHAR(16) NOT NULL,
    subject    VARCHAR(16) NOT NULL,
    subject_id BIGINT NOT NULL,
    pupil_id   BIGINT NOT NULL,
    unit_id    BIGINT NOT NULL,
    purpose    VARCHAR(16) NOT NULL,
    withheld   BOOLEAN NOT NULL,
    operation  VARCHAR(64) NOT NULL,
    address    VARCHAR(45) NOT NULL,
    salt       BINARY(16) NOT NULL,
    PRIMARY KEY (id),
    KEY ix_audit_entries_pupil_id (pupil_id, id),
    KEY ix_audit_entries_unit_id (unit_id, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE audit_entries;
