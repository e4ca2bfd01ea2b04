-- +goose Up
CREATE TABLE wait_entries (
    id            BIGINT NOT NULL,
    account_id    BIGINT NOT NULL,
    attendee_id   BIGINT NOT NULL,
    pupil_id      BIGINT NOT NULL,
    counsellor_id BIGINT NOT NULL,
    room_id       BIGINT NOT NULL,
    from_at       DATETIME(3) NOT NULL,
    to_at         DATETIME(3) NOT NULL,
    status        VARCHAR(16) NOT NULL,
    slot_id       BIGINT NOT NULL DEFAULT 0,
    held_until    DATETIME(3) NULL,
    booking_id    BIGINT NOT NULL DEFAULT 0,
    request_key   VARCHAR(64) NULL,
    created_at    DATETIME(3) NOT NULL,
    updated_at    DATETIME(3) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_wait_entries_account_id_request_key (account_id, request_key),
    KEY ix_wait_entries_status_to_at (status, to_at),
    KEY ix_wait_entries_slot_id (slot_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE wait_entries;
