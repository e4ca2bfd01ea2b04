-- +goose Up
CREATE TABLE rooms (
    id           BIGINT NOT NULL,
    unit_id      BIGINT NOT NULL,
    name         VARCHAR(100) NOT NULL,
    place        VARCHAR(200) NOT NULL DEFAULT '',
    introduction TEXT NOT NULL,
    open_hours   VARCHAR(200) NOT NULL DEFAULT '',
    created_at   DATETIME(3) NOT NULL,
    updated_at   DATETIME(3) NOT NULL,
    closed_at    DATETIME(3) NULL,
    PRIMARY KEY (id),
    KEY ix_rooms_unit_id (unit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE rooms;
