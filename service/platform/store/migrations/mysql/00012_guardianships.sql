-- +goose Up
CREATE TABLE guardianships (
    account_id BIGINT NOT NULL,
    pupil_id   BIGINT NOT NULL,
    seat       INT NOT NULL,
    relation   VARCHAR(16) NOT NULL,
    created_at DATETIME(3) NOT NULL,
    PRIMARY KEY (account_id, pupil_id),
    UNIQUE KEY uq_guardianships_pupil_id_seat (pupil_id, seat)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE guardianships;
