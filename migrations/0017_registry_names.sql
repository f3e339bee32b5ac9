-- A search by pinyin reads the index alone: some hundred names for the few that are shown.

DROP INDEX elder_names_by_initials;

CREATE INDEX elder_names_by_initials ON elder_names (home, initials, place, pinyin, elder);

DROP INDEX elder_names_by_pinyin;

CREATE INDEX elder_names_by_pinyin ON elder_names (home, pinyin, place, initials, elder);
