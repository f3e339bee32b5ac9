-- What a phone tells of the past is believed only of the time in which nothing was heard of its owner: that time, and for
-- a command that waits, since when it was believed.

ALTER TABLE devices ADD COLUMN seen_at timestamptz;

ALTER TABLE devices ADD COLUMN quiet_from timestamptz;

ALTER TABLE devices ADD COLUMN back_at timestamptz;

ALTER TABLE commands ADD COLUMN since timestamptz;
