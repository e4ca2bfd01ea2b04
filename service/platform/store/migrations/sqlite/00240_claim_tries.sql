-- +goose Up
CREATE TABLE claim_tries (
    id     INTEGER NOT NULL,
    target BLOB NOT NULL,
    day    TEXT NOT NULL,
    tries  INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_claim_tries_target_day ON claim_tries (target, day);

-- +goose Down
DROP TABLE claim_tries;
