-- +goose Up
CREATE TABLE counsellors (
    account_id   BIGINT NOT NULL,
    room_id      BIGINT NOT NULL,
    name         VARCHAR(64) NOT NULL,
    introduction TEXT NOT NULL,
    created_at   DATETIME(3) NOT NULL,
    updated_at   DATETIME(3) NOT NULL,
    PRIMARY KEY (account_id),
    KEY ix_counsellors_room_id (room_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE counsellors;
