-- Names are found whatever dots, blanks and marks stand between their parts: the folded form is made of the names that are
-- there. The index by the name as it is written serves nobody any more.

ALTER TABLE elders ADD COLUMN name_key text NOT NULL DEFAULT '';

UPDATE elders SET name_key = lower(replace(replace(replace(replace(replace(name, '·', ''), ' ', ''), '.', ''), '-', ''), '''', ''));

DROP INDEX elders_by_name;

CREATE INDEX elders_by_name ON elders (home, name_key, id);
