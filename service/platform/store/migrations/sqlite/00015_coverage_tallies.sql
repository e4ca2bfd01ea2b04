-- +goose Up
CREATE TABLE coverage_tallies (
    item_kind TEXT NOT NULL,
    item_id   INTEGER NOT NULL,
    side      TEXT NOT NULL,
    class_id  INTEGER NOT NULL,
    started   INTEGER NOT NULL,
    covered   INTEGER NOT NULL,
    PRIMARY KEY (item_kind, item_id, side, class_id)
) WITHOUT ROWID;
CREATE INDEX ix_coverage_tallies_class_id ON coverage_tallies (class_id);

-- +goose Down
DROP TABLE coverage_tallies;
