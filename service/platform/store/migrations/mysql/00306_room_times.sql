-- +goose Up
CREATE TABLE room_times (
    room_id BIGINT NOT NULL,
    at      DATETIME(3) NOT NULL,
    booth   INT NOT NULL,
    slot_id BIGINT NOT NULL,
    PRIMARY KEY (room_id, at, booth),
    KEY ix_room_times_slot_id (slot_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE room_times;
