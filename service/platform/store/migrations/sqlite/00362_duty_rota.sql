-- +goose Up
CREATE TABLE duty_rota (
    unit_id    INTEGER NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    updated_at DATETIME NOT NULL,
    updated_by INTEGER NOT NULL
);

-- +goose Down
DROP TABLE duty_rota;
