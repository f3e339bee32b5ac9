-- Tokens of programs, and how often somebody failed to sign in, for all processes together.

CREATE TABLE api_tokens (
    token_hash bytea NOT NULL PRIMARY KEY,
    id uuid NOT NULL,
    account uuid NOT NULL,
    grant_id uuid NOT NULL,
    home integer NOT NULL,
    name text NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz
);

CREATE INDEX api_tokens_by_home ON api_tokens (home, made_at, id);

CREATE TABLE sign_in_failures (
    key bytea NOT NULL PRIMARY KEY,
    failures integer NOT NULL,
    since timestamptz NOT NULL
);

CREATE INDEX sign_in_failures_by_age ON sign_in_failures (since);
