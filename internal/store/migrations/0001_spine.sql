-- +goose Up
CREATE TABLE clock (
	one     INTEGER PRIMARY KEY CHECK (one = 1),
	rev     BIGINT NOT NULL,
	last_id BIGINT NOT NULL
);
INSERT INTO clock (one, rev, last_id) VALUES (1, 0, 0);

CREATE TABLE sources (
	id          INTEGER PRIMARY KEY,
	name        TEXT NOT NULL,
	kind        TEXT NOT NULL,
	department  TEXT NOT NULL,
	config      TEXT NOT NULL,
	paused      INTEGER NOT NULL DEFAULT 0,
	created     BIGINT NOT NULL,
	removed     BIGINT,                      -- no more to be seen; purged when its tombstones are
	lease_owner TEXT NOT NULL DEFAULT '',
	lease_epoch BIGINT NOT NULL DEFAULT 0,
	lease_until BIGINT NOT NULL DEFAULT 0,
	tried       BIGINT,                      -- start of the last look
	synced      BIGINT,                      -- end of the last complete look
	settled_id  BIGINT NOT NULL DEFAULT 0,   -- last id given out by then: later records are newcomers to the brake
	class       TEXT NOT NULL DEFAULT '',    -- of the error that ended the last look, '' if none did
	error       TEXT NOT NULL DEFAULT '',    -- its reason in words
	progress    TEXT NOT NULL DEFAULT '{}',  -- hub.Progress as JSON
	records     BIGINT NOT NULL DEFAULT 0    -- alive: counted as they come and go, not at every glance
);
CREATE UNIQUE INDEX sources_name ON sources (name) WHERE removed IS NULL;

CREATE TABLE scopes (
	source  INTEGER NOT NULL REFERENCES sources (id),
	name    TEXT NOT NULL,
	version TEXT,                             -- NULL: its sightings belong to no one version, it must be read again
	at      BIGINT,
	PRIMARY KEY (source, name)
);

CREATE TABLE contents (
	hash TEXT PRIMARY KEY,
	body TEXT NOT NULL                        -- hub.Content as JSON
);

-- Hashes that something ceased to refer to: Purge deletes those contents that
-- nothing refers to any more, without looking at all the others.
CREATE TABLE loose (
	hash TEXT PRIMARY KEY
);

-- Sightings and records are written by the thousand, under the lease, which has
-- just updated the row of their source: a foreign key would check it for each.
CREATE TABLE sightings (
	source INTEGER NOT NULL,
	scope  TEXT NOT NULL,
	ref    TEXT NOT NULL,
	key    TEXT NOT NULL,
	hash   TEXT NOT NULL,
	mark   TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (source, scope, ref)
);
CREATE INDEX sightings_key ON sightings (source, key);

CREATE TABLE records (
	id          INTEGER PRIMARY KEY,
	source      INTEGER NOT NULL,
	key         TEXT NOT NULL,
	kind        TEXT NOT NULL,
	hash        TEXT NOT NULL,
	mark        TEXT NOT NULL,
	scope       TEXT NOT NULL,                -- of the delivery shown; when lost, where it was last
	ref         TEXT NOT NULL,
	at          BIGINT,                       -- Content.At
	gone        INTEGER NOT NULL DEFAULT 0,   -- 1: a tombstone
	lost        INTEGER NOT NULL DEFAULT 0,   -- alive without a sighting: 1 until the look ends, 2 held by the brake
	content_rev BIGINT NOT NULL,              -- rev at which the content changed last: the linker follows it
	rev         BIGINT NOT NULL,              -- rev at which anything changed last: the index follows it
	UNIQUE (source, key)
);
CREATE INDEX records_rev ON records (rev, id);
CREATE INDEX records_content_rev ON records (content_rev, id);
CREATE INDEX records_mark ON records (source, mark) WHERE mark <> '';
CREATE INDEX records_mail ON records (key) WHERE kind = 'mail'; -- one mail in several mailboxes
CREATE INDEX records_lost ON records (source) WHERE lost > 0;
CREATE INDEX records_gone ON records (rev, id) WHERE gone = 1;

CREATE TABLE cursors (
	name TEXT PRIMARY KEY,
	rev  BIGINT NOT NULL,
	id   BIGINT NOT NULL
);

CREATE TABLE problems (
	id     INTEGER PRIMARY KEY,
	source INTEGER NOT NULL,                  -- 0: of no source
	scope  TEXT NOT NULL,
	ref    TEXT NOT NULL,
	class  TEXT NOT NULL,
	reason TEXT NOT NULL,
	at     BIGINT NOT NULL,                   -- first seen
	epoch  BIGINT NOT NULL,                   -- lease epoch of the look that reported it last
	stands INTEGER NOT NULL DEFAULT 0,        -- 1: belongs to the version of the scope and stays until another is read
	UNIQUE (source, scope, ref, class)
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
