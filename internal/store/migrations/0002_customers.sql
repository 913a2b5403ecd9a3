-- +goose Up
CREATE TABLE customers (
	id           INTEGER PRIMARY KEY,
	anchor       TEXT NOT NULL UNIQUE,        -- the key that founds it: "orgno NO923609016", "custno s3 10045", "name s3 …"
	merged_into  INTEGER REFERENCES customers (id),
	gone         INTEGER NOT NULL DEFAULT 0,  -- 1: no record is linked to it now
	heir         INTEGER,                     -- where its records went last: it is merged into that when none is left
	stale        INTEGER NOT NULL DEFAULT 0,  -- 1: its faces are to be drawn again
	rev          BIGINT NOT NULL
);
CREATE INDEX customers_rev ON customers (rev, id);
CREATE INDEX customers_merged ON customers (merged_into);
CREATE INDEX customers_stale ON customers (id) WHERE stale = 1;

-- What one department knows of a customer: derived from its records alone.
CREATE TABLE faces (
	customer   INTEGER NOT NULL REFERENCES customers (id),
	department TEXT NOT NULL,
	name       TEXT NOT NULL,
	named      INTEGER NOT NULL,              -- 0: no record says a name, an ident stands in for it
	folded     TEXT NOT NULL,                 -- name folded for sorting and prefix look-up
	names      TEXT NOT NULL,                 -- JSON list of the other spellings
	idents     TEXT NOT NULL,                 -- JSON list of hub.Ident
	records    INTEGER NOT NULL,
	last       BIGINT,
	PRIMARY KEY (customer, department)
);
CREATE INDEX faces_folded ON faces (folded);

CREATE TABLE links (
	record    INTEGER NOT NULL REFERENCES records (id),
	customer  INTEGER NOT NULL REFERENCES customers (id),
	suggested INTEGER NOT NULL DEFAULT 0,
	rank      INTEGER NOT NULL DEFAULT 0,
	bits      DOUBLE PRECISION NOT NULL,
	evidence  TEXT NOT NULL,                  -- JSON list of hub.Evidence
	PRIMARY KEY (record, customer)
);
CREATE INDEX links_customer ON links (customer, suggested);

CREATE TABLE decisions (
	id      INTEGER PRIMARY KEY,
	kind    TEXT NOT NULL,
	a       TEXT NOT NULL,                    -- JSON
	b       TEXT NOT NULL,
	by_whom TEXT NOT NULL,
	why     TEXT NOT NULL,
	at      BIGINT NOT NULL,
	revoked BIGINT
);
