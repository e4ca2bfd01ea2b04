-- +goose Up
CREATE TABLE claim_tries (
    id     BIGINT NOT NULL,
    target BINARY(32) NOT NULL,
    day    CHAR(10) NOT NULL,
    tries  INT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY uq_claim_tries_target_day (target, day)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE claim_tries;
