-- +goose Up
CREATE TABLE coverage_tallies (
    item_kind VARCHAR(8) NOT NULL,
    item_id   BIGINT NOT NULL,
    side      VARCHAR(8) NOT NULL,
    class_id  BIGINT NOT NULL,
    started   INT NOT NULL,
    covered   INT NOT NULL,
    PRIMARY KEY (item_kind, item_id, side, class_id),
    KEY ix_coverage_tallies_class_id (class_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE coverage_tallies;
