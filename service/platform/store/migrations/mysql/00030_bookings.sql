-- +goose Up
CREATE TABLE bookings (
    id              BIGINT NOT NULL,
    slot_id         BIGINT NOT NULL,
    counsellor_id   BIGINT NOT NULL,
    room_id         BIGINT NOT NULL,
    unit_id         BIGINT NOT NULL,
    mode            VARCHAR(16) NOT NULL,
    starts_at       DATETIME(3) NOT NULL,
    ends_at         DATETIME(3) NOT NULL,
    account_id      BIGINT NOT NULL,
    attendee_id     BIGINT NOT NULL,
    pupil_id        BIGINT NOT NULL,
    concern         BLOB NULL,
    self_harm       BOOLEAN NOT NULL,
    status          VARCHAR(16) NOT NULL,
    cancel_reason   VARCHAR(200) NOT NULL DEFAULT '',
    request_key     VARCHAR(64) NULL,
    request_slot_id BIGINT NOT NULL,
    version         INT NOT NULL DEFAULT 1,
    created_at      DATETIME(3) NOT NULL,
    updated_at      DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_bookings_account_id_request_key (account_id, request_key),
    KEY ix_bookings_slot_id (slot_id),
    KEY ix_bookings_attendee_id (attendee_id),
    KEY ix_bookings_pupil_id (pupil_id),
    KEY ix_bookings_counsellor_id_starts_at (counsellor_id, starts_at),
    KEY ix_bookings_unit_id_starts_at (unit_id, starts_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE bookings;
