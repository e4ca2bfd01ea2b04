-- +goose Up
CREATE TABLE binding_ends (
    id         BIGINT NOT NULL,
    pupil_id   BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    kind       VARCHAR(16) NOT NULL,
    relation   VARCHAR(16) NOT NULL DEFAULT '',
    bound_at   DATETIME(3) NULL,
    ended_at   DATETIME(3) NOT NULL,
    ended_by   BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY ix_binding_ends_pupil_id_account_id (pupil_id, account_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE binding_ends;
