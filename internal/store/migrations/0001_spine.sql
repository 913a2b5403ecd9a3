-- +goose Up
CREATE TABLE clock (
	one     INTEGER PRIMARY KEY CHECK (one = 1),
	rev     BIGINT NOT NULL,
	last_id BIGINT NOT NULL
);
INSERT INTO clock (one, rev, last_id) VALUES (1, 0, 0);

CREATE TABLE sources (
	id         INTEGER PRIMARY KEY,
	name       TEXT NOT NULL UNIQUE,
	kind       TEXT NOT NULL,
	department TEXT NOT NULL,
	config     TEXT NOT NULL,
	paused     INTEGER NOT NULL DEFAULT 0,
	created    BIGINT NOT NULL,
	lease_owner TEXT NOT NULL DEFAULT '',
	lease_epoch BIGINT NOT NULL DEFAULT 0,
	lease_until BIGINT NOT NULL DEFAULT 0,
	synced     BIGINT,                       -- end of the last complete look
	tried      BIGINT,                       -- start of the last look
	class      TEXT NOT NULL DEFAULT '',     -- of the error that ended the last look, '' if none did
	error      TEXT NOT NULL DEFAULT ''      -- its reason in words
);

CREATE TABLE scopes (
	source  INTEGER NOT NULL REFERENCES sources (id),
	name    TEXT NOT NULL,
	version TEXT NOT NULL,
	at      BIGINT,
	PRIMARY KEY (source, name)
);

CREATE TABLE contents (
	hash TEXT PRIMARY KEY,
	body TEXT NOT NULL                        -- hub.Content as JSON
);

CREATE TABLE sightings (
	source INTEGER NOT NULL REFERENCES sources (id),
	scope  TEXT NOT NULL,
	ref    TEXT NOT NULL,
	key    TEXT NOT NULL,
	hash   TEXT NOT NULL,
	mark   TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (source, scope, ref)
);
CREATE INDEX sightings_key ON sightings (source, key);
CREATE INDEX sightings_mark ON sightings (source, mark) WHERE mark <> '';
CREATE INDEX sightings_hash ON sightings (hash);

CREATE TABLE records (
	id          INTEGER PRIMARY KEY,
	source      INTEGER NOT NULL REFERENCES sources (id),
	key         TEXT NOT NULL,
	kind        TEXT NOT NULL,
	hash        TEXT NOT NULL,
	scope       TEXT NOT NULL,                -- of the delivery shown
	ref         TEXT NOT NULL,
	at          BIGINT,                       -- Content.At
	gone        INTEGER NOT NULL DEFAULT 0,
	content_rev BIGINT NOT NULL,              -- rev at which the content changed last: the linker follows it
	rev         BIGINT NOT NULL,              -- rev at which anything changed last: the index follows it
	UNIQUE (source, key)
);
CREATE INDEX records_rev ON records (rev, id);
CREATE INDEX records_content_rev ON records (content_rev, id);
CREATE INDEX records_hash ON records (hash);

CREATE TABLE cursors (
	name TEXT PRIMARY KEY,
	rev  BIGINT NOT NULL,
	id   BIGINT NOT NULL
);

CREATE TABLE problems (
	id     INTEGER PRIMARY KEY,
	source INTEGER NOT NULL REFERENCES sources (id),
	scope  TEXT NOT NULL,
	ref    TEXT NOT NULL,
	class  TEXT NOT NULL,
	reason TEXT NOT NULL,
	at     BIGINT NOT NULL,
	epoch  BIGINT NOT NULL,                   -- lease epoch of the look that reported it last
	UNIQUE (source, scope, ref)
);

-- A key whose content was erased on request: its hash alone stays, so that the
-- next look does not bring it back.
CREATE TABLE erased (
	source   INTEGER NOT NULL REFERENCES sources (id),
	key_hash TEXT NOT NULL,
	at       BIGINT NOT NULL,
	PRIMARY KEY (source, key_hash)
);

CREATE TABLE settings (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL                       -- JSON
);
