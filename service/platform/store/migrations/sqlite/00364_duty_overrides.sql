-- +goose Up
CREATE TABLE duty_overrides (
    id         INTEGER NOT NULL PRIMARY KEY,
    unit_id    INTEGER NOT NULL,
    layer      INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    starts_at  DATETIME NOT NULL,
    ends_at    DATETIME NOT NULL
);
CREATE INDEX ix_duty_overrides_unit_id_ends_at ON duty_overrides (unit_id, ends_at);

-- +goose Down
DROP TABLE duty_overrides;
