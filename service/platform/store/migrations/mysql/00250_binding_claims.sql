-- +goose Up
CREATE TABLE binding_claims (
    id         BIGINT NOT NULL,
    pupil_id   BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    kind       VARCHAR(16) NOT NULL,
    relation   VARCHAR(16) NOT NULL DEFAULT '',
    waits      BOOLEAN NULL,
    outcome    VARCHAR(16) NOT NULL DEFAULT '',
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    decided_at DATETIME(3) NULL,
    decided_by BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    UNIQUE KEY uq_binding_claims_account_id_pupil_id_waits (account_id, pupil_id, waits),
    KEY ix_binding_claims_pupil_id_waits (pupil_id, waits),
    KEY ix_binding_claims_waits_id (waits, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE binding_claims;
