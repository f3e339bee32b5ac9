-- Phones that a bulk load still owes to the directory: packed, some thousand a row, until they are entered in the order of
-- their digests.

CREATE TABLE owed_phones (
    id uuid NOT NULL PRIMARY KEY,
    first_person uuid NOT NULL,
    last_person uuid NOT NULL,
    packed bytea NOT NULL
);
