-- Branches of an organisation are found by it.

CREATE INDEX organisations_by_parent ON organisations (parent);
