-- +goose Up
CREATE TABLE availability_rules (
    id             BIGINT NOT NULL,
    counsellor_id  BIGINT NOT NULL,
    room_id        BIGINT NOT NULL,
    mode           VARCHAR(16) NOT NULL,
    weekday        INT NOT NULL,
    start_minute   INT NOT NULL,
    end_minute     INT NOT NULL,
    slot_minutes   INT NOT NULL,
    buffer_minutes INT NOT NULL,
    lead_minutes   INT NOT NULL,
    horizon_days   INT NOT NULL,
    valid_from     CHAR(10) NOT NULL,
    valid_until    VARCHAR(10) NOT NULL DEFAULT '',
    created_at     DATETIME(3) NOT NULL,
    ended_at       DATETIME(3) NULL,
    PRIMARY KEY (id),
    KEY ix_availability_rules_counsellor_id (counsellor_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE availability_rules;
