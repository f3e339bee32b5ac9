-- What lists are filtered by stands in the indexes themselves, so that a page is found without reading rows that are not
-- shown. A trait has an index of those who hold it (bit 2^code of `tags`): a list by several traits reads the rarest.

DROP INDEX elders_by_place;

CREATE INDEX elders_by_place ON elders (home, place, id, birth_on, sex, tags, status, moved_to);

CREATE INDEX elders_by_birth ON elders (home, birth_on, place, id, sex, tags, status, moved_to);

CREATE INDEX elders_by_tag_1 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 2) <> 0;

CREATE INDEX elders_by_tag_2 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 4) <> 0;

CREATE INDEX elders_by_tag_3 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 8) <> 0;

CREATE INDEX elders_by_tag_4 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 16) <> 0;

CREATE INDEX elders_by_tag_5 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 32) <> 0;

CREATE INDEX elders_by_tag_6 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 64) <> 0;

CREATE INDEX elders_by_tag_7 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 128) <> 0;

CREATE INDEX elders_by_tag_8 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 256) <> 0;

CREATE INDEX elders_by_tag_9 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 512) <> 0;

CREATE INDEX elders_by_tag_10 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 1024) <> 0;

CREATE INDEX elders_by_tag_11 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 2048) <> 0;

CREATE INDEX elders_by_tag_12 ON elders (home, place, id, birth_on, sex, tags, status, moved_to) WHERE (tags & 4096) <> 0;

DROP INDEX elder_tags_by_tag;
