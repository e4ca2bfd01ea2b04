-- +goose Up
UPDATE availability_exceptions SET until_date = on_date;

-- +goose Down
UPDATE availability_exceptions SET until_date = '';
