-- Orders of services at home. Names and addresses stay in the elder's file; notes and ratings are sealed.

CREATE TABLE orders (
    home integer NOT NULL,
    id uuid NOT NULL,
    place bigint NOT NULL,
    number text NOT NULL,
    elder uuid NOT NULL,
    item text NOT NULL,
    item_name text NOT NULL,
    class smallint NOT NULL,
    minutes integer NOT NULL,
    least_minutes integer NOT NULL,
    pair boolean NOT NULL,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    channel smallint NOT NULL,
    price_fen bigint NOT NULL,
    subsidy_fen bigint NOT NULL,
    own_fen bigint NOT NULL,
    rulebook uuid NOT NULL,
    provider uuid,
    worker uuid,
    second uuid,
    status smallint NOT NULL,
    tries smallint NOT NULL,
    due_at timestamptz,
    placed_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    confirmed_how smallint,
    score smallint,
    closed_at timestamptz,
    note_sealed bytea,
    rating_sealed bytea,
    version integer NOT NULL,
    PRIMARY KEY (home, id)
);

CREATE UNIQUE INDEX orders_by_number ON orders (home, number);

CREATE INDEX orders_by_elder ON orders (home, elder, window_start);

-- Open orders have a deadline, closed ones have none: lanes and counts read only the open ones.
CREATE INDEX orders_by_due ON orders (home, status, due_at, id, place) WHERE due_at IS NOT NULL;

CREATE INDEX orders_by_provider_due ON orders (provider, status, due_at, id) WHERE due_at IS NOT NULL;

CREATE INDEX orders_by_window ON orders (home, window_start, id, status, place);

CREATE INDEX orders_by_provider_window ON orders (provider, window_start, id, status);

CREATE INDEX orders_by_worker ON orders (worker, window_start, id, status);

CREATE INDEX orders_by_second ON orders (second, window_start) WHERE second IS NOT NULL;
