-- Elders' files. Name and birth date stand in clear (erasing blanks them); numbers, addresses and contacts are sealed.

CREATE TABLE elders (
    home integer NOT NULL,
    id uuid NOT NULL,
    place bigint NOT NULL,
    number text NOT NULL,
    name text NOT NULL,
    pinyin text NOT NULL,
    sex smallint NOT NULL,
    birth_on date,
    cert_kind smallint NOT NULL,
    cert_sealed bytea,
    cert_mask text NOT NULL,
    mobile_sealed bytea,
    mobile_mask text NOT NULL,
    landline_sealed bytea,
    landline_mask text NOT NULL,
    details_sealed bytea,
    living smallint NOT NULL,
    tags bigint NOT NULL,
    status smallint NOT NULL,
    moved_to integer,
    version integer NOT NULL,
    registered_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (home, id)
);

CREATE INDEX elders_by_place ON elders (home, place, id);

CREATE INDEX elders_by_name ON elders (home, name, id);

CREATE INDEX elders_by_pinyin ON elders (home, pinyin, id);

CREATE TABLE elder_names (
    home integer NOT NULL,
    elder uuid NOT NULL,
    place bigint NOT NULL,
    initials text NOT NULL,
    pinyin text NOT NULL,
    PRIMARY KEY (home, elder, pinyin)
);

CREATE INDEX elder_names_by_initials ON elder_names (home, initials, place);

CREATE INDEX elder_names_by_pinyin ON elder_names (home, pinyin, place);

CREATE TABLE elder_tags (
    home integer NOT NULL,
    elder uuid NOT NULL,
    tag smallint NOT NULL,
    since date NOT NULL,
    place bigint NOT NULL,
    source text NOT NULL,
    until date,
    PRIMARY KEY (home, elder, tag, since)
);

CREATE INDEX elder_tags_by_tag ON elder_tags (home, tag, place, elder);

-- The directory across homes: who has this number already.

CREATE TABLE person_certs (
    digest bytea NOT NULL PRIMARY KEY,
    person uuid NOT NULL,
    home integer NOT NULL
);

CREATE TABLE person_phones (
    digest bytea NOT NULL,
    person uuid NOT NULL,
    home integer NOT NULL,
    PRIMARY KEY (digest, home, person)
);

CREATE INDEX person_phones_by_person ON person_phones (person);
