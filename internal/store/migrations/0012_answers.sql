-- +goose Up
-- What a person answers at once can be taken back at once.
ALTER TABLE decisions ADD COLUMN batch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE decisions ADD COLUMN revoked_by TEXT NOT NULL DEFAULT '';

ALTER TABLE links ADD COLUMN doubt TEXT NOT NULL DEFAULT '';    -- of a suggestion: why it is not linked
ALTER TABLE links ADD COLUMN rival INTEGER NOT NULL DEFAULT 0;  -- another customer that is nearly as likely
ALTER TABLE links ADD COLUMN topic TEXT NOT NULL DEFAULT '';    -- of a suggestion: what it leans on; suggestions of one topic and customer are one question
CREATE INDEX links_open ON links (record) WHERE suggested = 1;

-- What happened to customers and links after they were first made: who decided
-- what. A first link by rule is told by the link itself.
CREATE TABLE events (
	id         BIGINT PRIMARY KEY,
	at         BIGINT NOT NULL,
	kind       TEXT NOT NULL,                -- linked, unlinked, merged, split
	customer   INTEGER NOT NULL,
	other      INTEGER NOT NULL DEFAULT 0,   -- merged into, split from, linked to before
	record     INTEGER NOT NULL DEFAULT 0,   -- 0: the customer as a whole
	department TEXT NOT NULL DEFAULT '',     -- of the record
	decision   BIGINT NOT NULL DEFAULT 0     -- 0: by rule
);
CREATE INDEX events_customer ON events (customer, id);
CREATE INDEX events_record ON events (record) WHERE record <> 0;
CREATE INDEX events_other ON events (other, id) WHERE other <> 0;

-- Questions that somebody put off.
CREATE TABLE postponed (
	owner    TEXT NOT NULL,
	question TEXT NOT NULL,                  -- what is asked, hashed: another question is asked again
	until    BIGINT NOT NULL,
	PRIMARY KEY (owner, question)
);
