-- Places that this database has met: provinces, cities and counties from the start, towns and villages county by county.

CREATE TABLE places (
    code bigint NOT NULL PRIMARY KEY,
    parent bigint,
    level smallint NOT NULL,
    name text NOT NULL,
    full_name text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    successor bigint
);

CREATE INDEX places_by_parent ON places (parent, code);
