-- Sheets as offices have them: where everybody of a sheet lives, what an office's own headings mean (told once for a
-- place), and rows of which nobody knows yet whose they are.

ALTER TABLE import_sheets ADD COLUMN place bigint;

ALTER TABLE import_sheets ADD COLUMN headings text;

CREATE TABLE import_headings (
    place bigint NOT NULL,
    heading text NOT NULL,
    means text NOT NULL,
    told_by text NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (place, heading)
);

CREATE TABLE import_questions (
    home integer NOT NULL,
    id uuid NOT NULL,
    elder uuid NOT NULL,
    digest bytea NOT NULL,
    place bigint NOT NULL,
    run uuid,
    row_number integer NOT NULL,
    why smallint NOT NULL,
    sealed bytea NOT NULL,
    state smallint NOT NULL,
    version integer NOT NULL,
    asked_at timestamptz NOT NULL,
    answered_at timestamptz,
    PRIMARY KEY (home, id)
);

CREATE UNIQUE INDEX import_questions_by_elder ON import_questions (home, elder, digest);

CREATE INDEX import_questions_by_digest ON import_questions (digest, elder, state);

CREATE INDEX import_questions_open ON import_questions (home, state, asked_at, id);
