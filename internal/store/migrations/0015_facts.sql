-- +goose Up
-- What counts of each live record (hub.Facts). The linker draws it from the
-- content when it reads the record, and again when a ruling on its file changes.
CREATE TABLE facts (
	record   INTEGER PRIMARY KEY,
	nature   TEXT NOT NULL,
	at       BIGINT,
	month    INTEGER NOT NULL,                -- 12 × year + month − 1, UTC; 0 without a date
	ends     BIGINT,
	state    TEXT NOT NULL,
	priced   INTEGER NOT NULL,
	cents    BIGINT NOT NULL,
	currency TEXT NOT NULL,
	gross    INTEGER NOT NULL,
	person   TEXT NOT NULL,
	called   TEXT NOT NULL,
	ours     TEXT NOT NULL,
	way      TEXT NOT NULL,
	message  TEXT NOT NULL,
	thread   TEXT NOT NULL
);
CREATE INDEX facts_message ON facts (message) WHERE message <> '';
CREATE INDEX facts_thread ON facts (thread) WHERE thread <> '';

-- What people said that the rows of a file are.
CREATE TABLE rulings (
	id      INTEGER PRIMARY KEY,
	source  INTEGER NOT NULL,
	pattern TEXT NOT NULL,                    -- nature.Place.Pattern: of the file and sheet, without months and numbers
	headers TEXT NOT NULL,                    -- JSON list of its columns: the same table under another name
	nature  TEXT NOT NULL,
	by_whom TEXT NOT NULL,
	at      BIGINT NOT NULL,
	UNIQUE (source, pattern)
);

-- The history of a customer: the facts of each linked record, beside the source
-- that decides who may see it. Drawn with the faces, so that a page of a
-- customer with many thousand records is read from these rows alone.
CREATE TABLE history (
	customer INTEGER NOT NULL,
	record   BIGINT NOT NULL,
	source   INTEGER NOT NULL,
	at       BIGINT NOT NULL,                 -- milliseconds; far in the past when there is no date
	month    INTEGER NOT NULL,
	kind     TEXT NOT NULL,
	nature   TEXT NOT NULL,
	ends     BIGINT,
	state    TEXT NOT NULL,
	priced   INTEGER NOT NULL,
	cents    BIGINT NOT NULL,
	currency TEXT NOT NULL,
	gross    INTEGER NOT NULL,
	person   TEXT NOT NULL,
	called   TEXT NOT NULL,
	ours     TEXT NOT NULL,
	way      TEXT NOT NULL,
	talk     TEXT NOT NULL,                   -- records of one talk are one line: the thread of a mail, else the record
	PRIMARY KEY (customer, record)
);
CREATE INDEX history_at ON history (customer, at, record);
CREATE INDEX history_talk ON history (customer, talk, at, record, source);
CREATE INDEX history_sums ON history (customer, nature, currency, gross, source, month, priced, cents);
CREATE INDEX history_people ON history (customer, person, ours, way, source, at, called);
