-- +goose Up
CREATE TABLE message_credits (
    account_id  BIGINT NOT NULL,
    template_id VARCHAR(64) NOT NULL,
    credits     INT NOT NULL,
    updated_at  DATETIME(3) NOT NULL,
    PRIMARY KEY (account_id, template_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE message_credits;
