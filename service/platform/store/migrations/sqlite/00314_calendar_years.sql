-- +goose Up
CREATE TABLE calendar_years (
    unit_id    INTEGER NOT NULL,
    year       INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    updated_at DATETIME NOT NULL,
    PRIMARY KEY (unit_id, year)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE calendar_years;
