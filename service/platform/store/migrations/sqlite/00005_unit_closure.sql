-- +goose Up
CREATE TABLE unit_closure (
    ancestor_id INTEGER NOT NULL,
    unit_id     INTEGER NOT NULL,
    PRIMARY KEY (ancestor_id, unit_id)
) WITHOUT ROWID;
CREATE INDEX ix_unit_closure_unit_id ON unit_closure (unit_id);

-- +goose Down
DROP TABLE unit_closure;
