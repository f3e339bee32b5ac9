-- Sheets that were uploaded on a page: the job of their trial, the job of their import.

CREATE TABLE import_sheets (
    id uuid NOT NULL PRIMARY KEY,
    account uuid NOT NULL,
    grant_id uuid NOT NULL,
    file_name text NOT NULL,
    bytes bigint NOT NULL,
    language text NOT NULL,
    trial uuid NOT NULL,
    job uuid,
    refusal text,
    made_at timestamptz NOT NULL
);

CREATE INDEX import_sheets_by_account ON import_sheets (account, made_at);
