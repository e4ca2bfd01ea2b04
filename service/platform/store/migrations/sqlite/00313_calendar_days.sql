-- +goose Up
CREATE TABLE calendar_days (
    unit_id INTEGER NOT NULL,
    on_date TEXT NOT NULL,
    year    INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    weekday INTEGER NULL,
    name    TEXT NOT NULL,
    PRIMARY KEY (unit_id, on_date)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE calendar_days;
