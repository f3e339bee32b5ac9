-- When something that must be done regularly was done last: the backup.

CREATE TABLE marks (
    name text NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL
);
