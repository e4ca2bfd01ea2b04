-- +goose Up
CREATE TABLE slots (
    id             BIGINT NOT NULL,
    rule_id        BIGINT NOT NULL,
    counsellor_id  BIGINT NOT NULL,
    room_id        BIGINT NOT NULL,
    mode           VARCHAR(16) NOT NULL,
    starts_at      DATETIME(3) NOT NULL,
    ends_at        DATETIME(3) NOT NULL,
    bookable_until DATETIME(3) NOT NULL,
    status         VARCHAR(16) NOT NULL,
    booking_id     BIGINT NOT NULL DEFAULT 0,
    held_for       BIGINT NOT NULL DEFAULT 0,
    held_until     DATETIME(3) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_slots_counsellor_id_starts_at (counsellor_id, starts_at),
    KEY ix_slots_starts_at (starts_at),
    KEY ix_slots_room_id_starts_at (room_id, starts_at),
    KEY ix_slots_status_held_until (status, held_until)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE slots;
