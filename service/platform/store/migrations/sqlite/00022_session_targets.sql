-- +goose Up
CREATE TABLE session_targets (
    session_id INTEGER NOT NULL,
    unit_id    INTEGER NOT NULL,
    PRIMARY KEY (session_id, unit_id)
) WITHOUT ROWID;
CREATE INDEX ix_session_targets_unit_id ON session_targets (unit_id);

-- +goose Down
DROP TABLE session_targets;
