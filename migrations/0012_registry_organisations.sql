-- Organisations that serve, the people who work for them.

CREATE TABLE organisations (
    id uuid NOT NULL PRIMARY KEY,
    place bigint NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    credit_code text NOT NULL,
    parent uuid,
    phone text NOT NULL,
    status text NOT NULL,
    version integer NOT NULL
);

CREATE UNIQUE INDEX organisations_by_credit_code ON organisations (credit_code);

CREATE INDEX organisations_by_place ON organisations (place, name);

CREATE TABLE workers (
    id uuid NOT NULL PRIMARY KEY,
    place bigint NOT NULL,
    name text NOT NULL,
    sex smallint NOT NULL,
    phone text NOT NULL,
    cert_level smallint,
    skills bigint NOT NULL,
    longitude double precision,
    latitude double precision,
    status text NOT NULL,
    version integer NOT NULL
);

CREATE TABLE employments (
    worker uuid NOT NULL,
    organisation uuid NOT NULL,
    since date NOT NULL,
    until date,
    PRIMARY KEY (worker, organisation, since)
);

CREATE INDEX employments_by_organisation ON employments (organisation, worker);
