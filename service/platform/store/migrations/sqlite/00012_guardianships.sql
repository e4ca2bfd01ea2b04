-- +goose Up
CREATE TABLE guardianships (
    account_id INTEGER NOT NULL,
    pupil_id   INTEGER NOT NULL,
    seat       INTEGER NOT NULL,
    relation   TEXT NOT NULL,
    created_at DATETIME NOT NULL,
    PRIMARY KEY (account_id, pupil_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX uq_guardianships_pupil_id_seat ON guardianships (pupil_id, seat);

-- +goose Down
DROP TABLE guardianships;
