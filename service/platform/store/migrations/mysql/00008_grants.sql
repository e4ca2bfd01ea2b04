-- +goose Up
CREATE TABLE grants (
    id         BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    role       VARCHAR(16) NOT NULL,
    unit_id    BIGINT NOT NULL,
    starts_at  DATETIME(3) NOT NULL,
    ends_at    DATETIME(3) NULL,
    granted_by BIGINT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    revoked_at DATETIME(3) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_grants_account_id_role_unit_id (account_id, role, unit_id),
    KEY ix_grants_unit_id (unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE grants;
