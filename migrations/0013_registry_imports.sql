-- Imports: how far each has come, and what each row of it did.

CREATE TABLE import_runs (
    id uuid NOT NULL PRIMARY KEY,
    sheet bytea NOT NULL,
    file_name text NOT NULL,
    place bigint,
    actor text NOT NULL,
    holder uuid NOT NULL,
    state text NOT NULL,
    rows_done bigint NOT NULL,
    rows_total bigint NOT NULL,
    created bigint NOT NULL,
    changed bigint NOT NULL,
    same bigint NOT NULL,
    bad bigint NOT NULL,
    begun_at timestamptz NOT NULL,
    ended_at timestamptz
);

CREATE INDEX import_runs_by_sheet ON import_runs (sheet, state);

CREATE INDEX import_runs_by_begin ON import_runs (begun_at);

CREATE TABLE import_rows (
    home integer NOT NULL,
    run uuid NOT NULL,
    row_number integer NOT NULL,
    elder uuid NOT NULL,
    outcome smallint NOT NULL,
    PRIMARY KEY (home, run, row_number)
);
