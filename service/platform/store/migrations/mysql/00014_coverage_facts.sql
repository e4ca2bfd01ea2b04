-- +goose Up
CREATE TABLE coverage_facts (
    item_kind  VARCHAR(8) NOT NULL,
    item_id    BIGINT NOT NULL,
    side       VARCHAR(8) NOT NULL,
    pupil_id   BIGINT NOT NULL,
    started_at DATETIME(3) NOT NULL,
    covered_at DATETIME(3) NULL,
    how        VARCHAR(16) NOT NULL DEFAULT '',
    cause_id   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (item_kind, item_id, side, pupil_id),
    KEY ix_coverage_facts_pupil_id (pupil_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE coverage_facts;
