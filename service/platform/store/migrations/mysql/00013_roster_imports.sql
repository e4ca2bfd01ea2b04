-- +goose Up
CREATE TABLE roster_imports (
    id          BIGINT NOT NULL,
    unit_id     BIGINT NOT NULL,
    account_id  BIGINT NOT NULL,
    status      VARCHAR(16) NOT NULL,
    new_towns   BOOLEAN NOT NULL DEFAULT FALSE,
    total       INT NOT NULL DEFAULT 0,
    added       INT NOT NULL DEFAULT 0,
    changed     INT NOT NULL DEFAULT 0,
    transferred INT NOT NULL DEFAULT 0,
    returned    INT NOT NULL DEFAULT 0,
    departed    INT NOT NULL DEFAULT 0,
    unchanged   INT NOT NULL DEFAULT 0,
    new_units   INT NOT NULL DEFAULT 0,
    fault_count INT NOT NULL DEFAULT 0,
    units       MEDIUMTEXT NOT NULL,
    faults      MEDIUMTEXT NOT NULL,
    error_code  VARCHAR(64) NOT NULL DEFAULT '',
    last_error  VARCHAR(200) NOT NULL DEFAULT '',
    holder      VARCHAR(64) NOT NULL DEFAULT '',
    lease_until DATETIME(3) NULL,
    created_at  DATETIME(3) NOT NULL,
    applied_at  DATETIME(3) NULL,
    PRIMARY KEY (id),
    KEY ix_roster_imports_unit_id (unit_id),
    KEY ix_roster_imports_status (status)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE roster_imports;
