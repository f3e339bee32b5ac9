-- Imports that are taken back: how many files went and how many changes, and what `import_rows.outcome` says of each row.

ALTER TABLE import_runs ADD COLUMN withdrawn bigint;

ALTER TABLE import_runs ADD COLUMN restored bigint;

ALTER TABLE import_runs ADD COLUMN kept bigint;

ALTER TABLE import_runs ADD COLUMN undone_at timestamptz;

ALTER TABLE import_runs ADD COLUMN undo_trial uuid;

ALTER TABLE import_runs ADD COLUMN undo_job uuid;
