-- +goose Up
CREATE TABLE duty_shifts (
    id           INTEGER NOT NULL PRIMARY KEY,
    unit_id      INTEGER NOT NULL,
    layer        INTEGER NOT NULL,
    account_id   INTEGER NOT NULL,
    weekday      INTEGER NOT NULL,
    start_minute INTEGER NOT NULL,
    minutes      INTEGER NOT NULL
);
CREATE INDEX ix_duty_shifts_unit_id ON duty_shifts (unit_id);

-- +goose Down
DROP TABLE duty_shifts;
