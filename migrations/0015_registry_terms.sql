-- Traits that end by date: `ends_on` is the first day on which one holds no more; `until` says that it ended.

ALTER TABLE elder_tags ADD COLUMN ends_on date;

CREATE INDEX elder_tags_by_end ON elder_tags (ends_on, home) WHERE ends_on IS NOT NULL AND until IS NULL;
