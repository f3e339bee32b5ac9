-- The journal, one gapless chain per home, and how far each consumer has read it.

CREATE TABLE journal_heads (
    home integer NOT NULL PRIMARY KEY,
    seq bigint NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE journal (
    home integer NOT NULL,
    seq bigint NOT NULL,
    node smallint NOT NULL,
    at timestamptz NOT NULL,
    business_day date NOT NULL,
    actor text NOT NULL,
    actor_name text NOT NULL,
    acting_as text NOT NULL,
    kind text NOT NULL,
    ver smallint NOT NULL,
    subject uuid NOT NULL,
    person uuid,
    place bigint NOT NULL,
    cause uuid,
    facts text NOT NULL,
    private bytea,
    hash bytea NOT NULL,
    PRIMARY KEY (home, seq)
);

CREATE INDEX journal_by_person ON journal (home, person, seq);

CREATE INDEX journal_by_subject ON journal (home, subject, seq);

CREATE TABLE cursors (
    home integer NOT NULL,
    consumer text NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (home, consumer)
);

CREATE TABLE leases (
    name text NOT NULL PRIMARY KEY,
    holder uuid NOT NULL,
    until timestamptz NOT NULL
);
