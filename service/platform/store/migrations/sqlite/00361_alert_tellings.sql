-- +goose Up
CREATE TABLE alert_tellings (
    step_id    INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    PRIMARY KEY (step_id, account_id)
);
CREATE INDEX ix_alert_tellings_account_id ON alert_tellings (account_id, step_id);

-- +goose Down
DROP TABLE alert_tellings;
