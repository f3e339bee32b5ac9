-- What every kind of case leans on: homes, relations, clocks, jobs, rulebooks, accesses.

CREATE TABLE homes (
    home integer NOT NULL PRIMARY KEY,
    county_now bigint NOT NULL
);

CREATE INDEX homes_by_county ON homes (county_now);

CREATE TABLE person_homes (
    person uuid NOT NULL,
    home integer NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    PRIMARY KEY (person, home, since)
);

CREATE TABLE grants (
    home integer NOT NULL,
    id uuid NOT NULL,
    grantee uuid NOT NULL,
    elder uuid NOT NULL,
    place bigint NOT NULL,
    reason text NOT NULL,
    cause uuid NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    PRIMARY KEY (home, id)
);

CREATE INDEX grants_by_grantee ON grants (grantee, home, elder);

CREATE UNIQUE INDEX grants_by_cause ON grants (home, cause, grantee, reason);

CREATE TABLE clocks (
    home integer NOT NULL,
    subject uuid NOT NULL,
    kind text NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (home, subject, kind)
);

CREATE INDEX clocks_by_due ON clocks (due_at, home);

CREATE TABLE jobs (
    id uuid NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    body text NOT NULL,
    state text NOT NULL,
    tries integer NOT NULL,
    run_at timestamptz NOT NULL,
    holder uuid,
    held_until timestamptz,
    progress bigint NOT NULL,
    total bigint NOT NULL,
    note text NOT NULL,
    actor text NOT NULL,
    made_at timestamptz NOT NULL,
    ended_at timestamptz
);

CREATE INDEX jobs_by_state ON jobs (state, run_at);

CREATE TABLE rulebooks (
    id uuid NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    place bigint NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    ver integer NOT NULL,
    body text NOT NULL,
    signed_by text NOT NULL
);

CREATE UNIQUE INDEX rulebooks_by_kind ON rulebooks (kind, place, valid_from);

CREATE TABLE accesses (
    home integer NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    actor_name text NOT NULL,
    acting_as text NOT NULL,
    subject uuid NOT NULL,
    what text NOT NULL,
    why text NOT NULL,
    PRIMARY KEY (home, id)
);

CREATE INDEX accesses_by_subject ON accesses (home, subject, at);

CREATE TABLE counters (
    home integer NOT NULL,
    name text NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (home, name)
);
