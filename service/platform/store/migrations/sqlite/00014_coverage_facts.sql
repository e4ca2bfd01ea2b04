-- +goose Up
CREATE TABLE coverage_facts (
    item_kind  TEXT NOT NULL,
    item_id    INTEGER NOT NULL,
    side       TEXT NOT NULL,
    pupil_id   INTEGER NOT NULL,
    started_at DATETIME NOT NULL,
    covered_at DATETIME NULL,
    how        TEXT NOT NULL DEFAULT '',
    cause_id   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (item_kind, item_id, side, pupil_id)
) WITHOUT ROWID;
CREATE INDEX ix_coverage_facts_pupil_id ON coverage_facts (pupil_id);

-- +goose Down
DROP TABLE coverage_facts;
