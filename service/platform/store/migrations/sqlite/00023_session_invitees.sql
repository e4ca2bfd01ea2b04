-- +goose Up
CREATE TABLE session_invitees (
    session_id INTEGER NOT NULL,
    pupil_id   INTEGER NOT NULL,
    PRIMARY KEY (session_id, pupil_id)
) WITHOUT ROWID;
CREATE INDEX ix_session_invitees_pupil_id ON session_invitees (pupil_id);

-- +goose Down
DROP TABLE session_invitees;
