-- Figures per measure, place of every level and business day, and what each elder is counted as. A row's home is the
-- county whose cases it counts: a city is the sum of its counties' rows. The row of 9999-12-31 is a stock's total.

CREATE TABLE rollups (
    home integer NOT NULL,
    place bigint NOT NULL,
    measure smallint NOT NULL,
    business_day date NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (home, place, measure, business_day)
);

CREATE TABLE census (
    home integer NOT NULL,
    elder uuid NOT NULL,
    place bigint NOT NULL,
    sex smallint NOT NULL,
    birth_on date,
    living smallint NOT NULL,
    tags bigint NOT NULL,
    status smallint NOT NULL,
    band smallint NOT NULL,
    since date NOT NULL,
    turns_on date,
    PRIMARY KEY (home, elder)
);

CREATE INDEX census_by_turn ON census (turns_on, home);
