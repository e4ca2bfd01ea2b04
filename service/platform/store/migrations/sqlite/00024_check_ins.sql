-- +goose Up
CREATE TABLE check_ins (
    id           INTEGER NOT NULL,
    session_id   INTEGER NOT NULL,
    pupil_id     INTEGER NOT NULL,
    side         TEXT NOT NULL,
    account_id   INTEGER NOT NULL,
    mode         TEXT NOT NULL,
    at           DATETIME NOT NULL,
    received_at  DATETIME NOT NULL,
    late         BOOLEAN NOT NULL,
    confirmed_at DATETIME NULL,
    refused_at   DATETIME NULL,
    decided_by   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_check_ins_session_id_pupil_id_side ON check_ins (session_id, pupil_id, side);
CREATE INDEX ix_check_ins_pupil_id ON check_ins (pupil_id);

-- +goose Down
DROP TABLE check_ins;
