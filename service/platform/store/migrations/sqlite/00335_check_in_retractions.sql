-- +goose Up
CREATE TABLE check_in_retractions (
    id           INTEGER NOT NULL PRIMARY KEY,
    session_id   INTEGER NOT NULL,
    pupil_id     INTEGER NOT NULL,
    side         TEXT NOT NULL,
    account_id   INTEGER NOT NULL,
    mode         TEXT NOT NULL,
    at           DATETIME NOT NULL,
    reason       BLOB NOT NULL,
    retracted_by INTEGER NOT NULL,
    retracted_at DATETIME NOT NULL
);
CREATE INDEX ix_check_in_retractions_session_id_id ON check_in_retractions (session_id, id);

-- +goose Down
DROP TABLE check_in_retractions;
