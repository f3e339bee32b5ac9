-- Who may sign in, under which grants, and what one session or command did already.

CREATE TABLE accounts (
    login_index bytea NOT NULL PRIMARY KEY,
    id uuid NOT NULL,
    home integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    password_hash text,
    password_profile text NOT NULL,
    password_at timestamptz,
    must_change boolean NOT NULL,
    totp_sealed bytea,
    totp_step bigint NOT NULL,
    demo boolean NOT NULL,
    made_at timestamptz NOT NULL,
    disabled_at timestamptz
);

CREATE INDEX accounts_by_id ON accounts (id);

CREATE TABLE account_grants (
    account uuid NOT NULL,
    id uuid NOT NULL,
    role text NOT NULL,
    place bigint,
    organisation uuid,
    worker uuid,
    label text NOT NULL,
    extent text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    PRIMARY KEY (account, id)
);

CREATE TABLE sessions (
    token_hash bytea NOT NULL PRIMARY KEY,
    id uuid NOT NULL,
    account uuid NOT NULL,
    grant_id uuid NOT NULL,
    csrf text NOT NULL,
    made_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    idle_secs bigint NOT NULL,
    ends_at timestamptz NOT NULL,
    agent text NOT NULL
);

CREATE INDEX sessions_by_account ON sessions (account);

CREATE INDEX sessions_by_end ON sessions (ends_at);

CREATE TABLE one_use_codes (
    code_index bytea NOT NULL PRIMARY KEY,
    id uuid NOT NULL,
    person_home integer NOT NULL,
    person uuid NOT NULL,
    place bigint NOT NULL,
    kind text NOT NULL,
    holder text NOT NULL,
    issued_by text NOT NULL,
    made_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE INDEX one_use_codes_by_person ON one_use_codes (person);

CREATE TABLE replays (
    account uuid NOT NULL,
    key_hash bytea NOT NULL,
    route text NOT NULL,
    request_hash bytea NOT NULL,
    at timestamptz NOT NULL,
    status integer,
    location text,
    content_type text,
    body bytea,
    PRIMARY KEY (account, key_hash)
);

CREATE INDEX replays_by_at ON replays (at);
