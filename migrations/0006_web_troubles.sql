-- Which commands of phones need a person: what waits for too long, was refused, or met a case that somebody changed.

ALTER TABLE commands ADD COLUMN organisation uuid;

ALTER TABLE commands ADD COLUMN trouble text;

CREATE INDEX commands_in_trouble ON commands (organisation, received_at, id) WHERE trouble IS NOT NULL;
