-- Files that people attach. The sealed content lies in the object store under the row's id; two people's equal files
-- are two files, because each is sealed with its subject's key.

CREATE TABLE files (
    home integer NOT NULL,
    id uuid NOT NULL,
    place bigint NOT NULL,
    subject uuid NOT NULL,
    sm3 bytea NOT NULL,
    bytes bigint NOT NULL,
    media text NOT NULL,
    state text NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    referenced_at timestamptz,
    PRIMARY KEY (home, id)
);

CREATE UNIQUE INDEX files_by_content ON files (home, subject, sm3);

CREATE INDEX files_staged ON files (home, made_at) WHERE state = 'staged';
