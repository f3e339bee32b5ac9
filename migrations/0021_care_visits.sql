-- What happened at the door, and what proves it. Where the phone was is sealed: it is the elder's address.

CREATE TABLE visits (
    home integer NOT NULL,
    id uuid NOT NULL,
    place bigint NOT NULL,
    order_id uuid NOT NULL,
    elder uuid NOT NULL,
    provider uuid,
    worker uuid NOT NULL,
    started_at timestamptz NOT NULL,
    started_received_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_received_at timestamptz,
    strength smallint NOT NULL,
    enough boolean NOT NULL,
    flags bigint NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (home, id)
);

CREATE UNIQUE INDEX visits_by_order ON visits (home, order_id);

CREATE INDEX visits_by_worker ON visits (worker, started_at);

CREATE TABLE evidence (
    home integer NOT NULL,
    id uuid NOT NULL,
    visit uuid NOT NULL,
    kind smallint NOT NULL,
    moment smallint NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    accuracy_m integer,
    distance_m integer,
    mocked boolean NOT NULL,
    digest text,
    point_sealed bytea,
    PRIMARY KEY (home, id)
);

CREATE INDEX evidence_by_visit ON evidence (home, visit, at);

CREATE INDEX evidence_by_digest ON evidence (home, digest) WHERE digest IS NOT NULL;
