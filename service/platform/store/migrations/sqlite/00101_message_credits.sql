-- +goose Up
CREATE TABLE message_credits (
    account_id  INTEGER NOT NULL,
    template_id TEXT NOT NULL,
    credits     INTEGER NOT NULL,
    updated_at  DATETIME NOT NULL,
    PRIMARY KEY (account_id, template_id)
);

-- +goose Down
DROP TABLE message_credits;
