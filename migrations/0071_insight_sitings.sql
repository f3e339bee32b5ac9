-- Where the next facilities of a place should stand: what was asked, the job that works on it, and its answer.
CREATE TABLE circle_sitings (
    home integer NOT NULL,
    id uuid NOT NULL,
    place bigint NOT NULL,
    job uuid NOT NULL,
    asked text NOT NULL,
    answer text,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (home, id)
);

CREATE INDEX circle_sitings_by_place ON circle_sitings (home, place, id);
