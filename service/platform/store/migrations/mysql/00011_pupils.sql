-- +goose Up
CREATE TABLE pupils (
    id              BIGINT NOT NULL,
    class_id        BIGINT NOT NULL,
    name            VARCHAR(64) NOT NULL,
    gender          VARCHAR(8) NOT NULL DEFAULT '',
    birth_date      VARCHAR(10) NOT NULL DEFAULT '',
    student_no      VARBINARY(255) NOT NULL,
    student_no_hash BINARY(32) NOT NULL,
    account_id      BIGINT NULL,
    created_at      DATETIME(3) NOT NULL,
    updated_at      DATETIME(3) NOT NULL,
    departed_at     DATETIME(3) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_pupils_student_no_hash (student_no_hash),
    UNIQUE KEY uq_pupils_account_id (account_id),
    KEY ix_pupils_class_id (class_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE pupils;
