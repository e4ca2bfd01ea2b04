-- +goose Up
CREATE TABLE keyset_marks (
    id   BIGINT NOT NULL,
    mark BINARY(32) NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- +goose Down
DROP TABLE keyset_marks;
