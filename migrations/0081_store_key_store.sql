-- Which key store a database belongs to, and the seal of each chain's head.

CREATE TABLE key_store (
    one smallint NOT NULL PRIMARY KEY,
    mark bytea NOT NULL
);

ALTER TABLE journal_heads ADD COLUMN seal bytea;
