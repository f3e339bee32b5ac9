-- Indexes that a first load into empty tables dropped and still has to make again.

CREATE TABLE resting_indexes (
    name text NOT NULL PRIMARY KEY,
    definition text NOT NULL
);
