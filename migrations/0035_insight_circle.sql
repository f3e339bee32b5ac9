-- The fifteen-minute circle: where organisations stand, how many elders walk to them, and plans of where to build.

-- Where it stands, degrees east and north (CGCS2000); both or none.
ALTER TABLE organisations ADD COLUMN longitude double precision;

ALTER TABLE organisations ADD COLUMN latitude double precision;

-- Per city: since when something that counts is changed, the job that counts it, and when it was counted last.
CREATE TABLE circle_cities (
    city bigint NOT NULL PRIMARY KEY,
    changed_at timestamptz,
    job uuid,
    counted_at timestamptz,
    counted_on date,
    attribution text
);

-- Who walks how far, per place of every level and day; the home is the county whose elders are counted.
CREATE TABLE circle_figures (
    home integer NOT NULL,
    area bigint NOT NULL,
    day date NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (home, area, day)
);

-- Plans of where to build next.
CREATE TABLE circle_plans (
    home integer NOT NULL,
    id uuid NOT NULL,
    place bigint NOT NULL,
    name text NOT NULL,
    body text NOT NULL,
    version integer NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (home, id)
);

CREATE INDEX circle_plans_by_place ON circle_plans (home, place, id);
