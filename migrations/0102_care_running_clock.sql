-- How long a visit lasted by the phone's running clock, which nobody can set: seconds from check-in to check-out.

ALTER TABLE visits ADD COLUMN lasted_secs integer;
