-- +goose Up
CREATE TABLE alert_entries (
    id          BIGINT NOT NULL,
    alert_id    BIGINT NOT NULL,
    episode     INT NOT NULL,
    kind        VARCHAR(16) NOT NULL,
    at          DATETIME(3) NOT NULL,
    account_id  BIGINT NOT NULL,
    choice      VARCHAR(16) NOT NULL,
    reached     BOOLEAN NOT NULL,
    to_id       BIGINT NOT NULL,
    source_id   BIGINT NOT NULL,
    happened_at DATETIME(3) NULL,
    content     BLOB NULL,
    PRIMARY KEY (id),
    KEY ix_alert_entries_alert_id (alert_id, id),
    KEY ix_alert_entries_source_id (source_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE alert_entries;
