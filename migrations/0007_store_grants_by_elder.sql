-- Which accounts see an elder: their screens are told when something of the elder's changes.

CREATE INDEX grants_by_elder ON grants (home, elder);
