-- +goose Up
-- What the linker knows of each live record. All of it follows from records,
-- decisions and the company's identity, and is made anew by a relink.
CREATE TABLE traces (
	record     INTEGER PRIMARY KEY,
	stratum    BIGINT NOT NULL,               -- a record leans only on what lower strata taught
	unit       TEXT NOT NULL,                 -- records of one unit are weighed together; '' stands alone
	department TEXT NOT NULL,
	keys       TEXT NOT NULL,                 -- JSON list of link.Key
	choice     INTEGER NOT NULL DEFAULT 0,    -- customer that evidence alone chose, 0 none
	founded    INTEGER NOT NULL DEFAULT 0,    -- the choice was founded for want of a known customer
	wanted     INTEGER NOT NULL DEFAULT 0,    -- the choice after threads and what must be together
	customer   INTEGER NOT NULL DEFAULT 0,    -- customer linked to: wanted, unless they must not be together; 0 none
	taught     INTEGER NOT NULL DEFAULT 0,    -- customer whose teachings count the record's keys, 0 none
	dirty      INTEGER NOT NULL DEFAULT 1     -- to be weighed again
);
CREATE INDEX traces_dirty ON traces (dirty, stratum);
CREATE INDEX traces_unit ON traces (unit) WHERE unit <> '';

-- Which records bear a key.
CREATE TABLE postings (
	key    TEXT NOT NULL,
	record INTEGER NOT NULL,
	PRIMARY KEY (key, record)
);

-- What the linked records of a stratum and a department say of their customer:
-- each key with the number of records that bear it.
CREATE TABLE teachings (
	customer   INTEGER NOT NULL,
	key        TEXT NOT NULL,
	stratum    BIGINT NOT NULL,
	department TEXT NOT NULL,
	n          INTEGER NOT NULL,
	PRIMARY KEY (customer, key, stratum, department)
);
CREATE INDEX teachings_key ON teachings (key);
