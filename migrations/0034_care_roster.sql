-- The roster: who works when, and the plan of a provider's day. No names, no addresses: ids, times and figures only.

CREATE TABLE work_hours (
    organisation uuid NOT NULL,
    worker uuid NOT NULL,
    weekdays smallint NOT NULL,
    opens_mins integer NOT NULL,
    closes_mins integer NOT NULL,
    overtime_mins integer NOT NULL,
    mode smallint NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (organisation, worker)
);

CREATE TABLE work_absences (
    organisation uuid NOT NULL,
    day date NOT NULL,
    worker uuid NOT NULL,
    reason smallint NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (organisation, day, worker)
);

CREATE TABLE plans (
    home integer NOT NULL,
    id uuid NOT NULL,
    place bigint NOT NULL,
    provider uuid NOT NULL,
    day date NOT NULL,
    number integer NOT NULL,
    status smallint NOT NULL,
    origin smallint NOT NULL,
    based_on uuid,
    rules text NOT NULL,
    figures text NOT NULL,
    gaps text NOT NULL,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    took_millis bigint NOT NULL,
    published_at timestamptz,
    closed_at timestamptz,
    job uuid,
    version integer NOT NULL,
    PRIMARY KEY (home, id)
);

CREATE UNIQUE INDEX plans_by_number ON plans (home, provider, day, number);

CREATE INDEX plans_by_day ON plans (provider, day, status);

-- The visits of a plan, in the order in which their caregiver makes them.
CREATE TABLE plan_visits (
    home integer NOT NULL,
    plan uuid NOT NULL,
    order_id uuid NOT NULL,
    part smallint NOT NULL,
    order_home integer NOT NULL,
    worker uuid NOT NULL,
    arrive_at timestamptz NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    way_mins smallint NOT NULL,
    hold smallint NOT NULL,
    moved boolean NOT NULL,
    PRIMARY KEY (home, plan, order_id, part)
);

CREATE INDEX plan_visits_by_worker ON plan_visits (worker, start_at);

-- What dispatchers changed in a draft, latest first undone first.
CREATE TABLE plan_moves (
    home integer NOT NULL,
    plan uuid NOT NULL,
    seq integer NOT NULL,
    at timestamptz NOT NULL,
    by_name text NOT NULL,
    what smallint NOT NULL,
    before text NOT NULL,
    PRIMARY KEY (home, plan, seq)
);

-- The job that plans a provider's day, the latest one.
CREATE TABLE plan_runs (
    home integer NOT NULL,
    provider uuid NOT NULL,
    day date NOT NULL,
    job uuid NOT NULL,
    asked_at timestamptz NOT NULL,
    asked_by text NOT NULL,
    PRIMARY KEY (home, provider, day)
);
