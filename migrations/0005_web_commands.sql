-- The phone's queue on our side: its devices, its commands with their answers, and the files that come in pieces.

CREATE TABLE devices (
    id uuid NOT NULL PRIMARY KEY,
    account uuid NOT NULL,
    agent text NOT NULL,
    made_at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    contact_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX devices_by_account ON devices (account);

CREATE TABLE commands (
    home integer NOT NULL,
    id uuid NOT NULL,
    account uuid NOT NULL,
    device uuid NOT NULL,
    subject uuid NOT NULL,
    seq bigint NOT NULL,
    verb text NOT NULL,
    made_at timestamptz NOT NULL,
    offset_ms bigint NOT NULL,
    true_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL,
    version integer,
    answer text,
    envelope_sealed bytea,
    PRIMARY KEY (home, id)
);

CREATE UNIQUE INDEX commands_by_seq ON commands (home, device, subject, seq);

CREATE INDEX commands_by_age ON commands (received_at, home);

CREATE INDEX commands_parked ON commands (received_at, home) WHERE state = 'parked';

-- Which files a command spoke of: such a file stays as soon as it is here, before or after the command.
CREATE TABLE command_files (
    home integer NOT NULL,
    command uuid NOT NULL,
    sm3 bytea NOT NULL,
    person uuid NOT NULL,
    PRIMARY KEY (home, command, sm3)
);

CREATE INDEX command_files_by_sum ON command_files (home, person, sm3);

CREATE TABLE file_chunks (
    home integer NOT NULL,
    person uuid NOT NULL,
    sm3 bytea NOT NULL,
    start bigint NOT NULL,
    made_at timestamptz NOT NULL,
    content_sealed bytea NOT NULL,
    PRIMARY KEY (home, person, sm3, start)
);

CREATE INDEX file_chunks_by_age ON file_chunks (made_at, home);
