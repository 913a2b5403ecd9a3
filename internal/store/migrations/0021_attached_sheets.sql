-- +goose Up
-- Sheets attached to mails are described beside those that are scopes of their own.
CREATE TABLE described (
	source   INTEGER NOT NULL,
	scope    TEXT NOT NULL,
	ref      TEXT NOT NULL,                   -- '' of a scope that is a sheet, else below the ref of the mail
	asks     TEXT NOT NULL,                   -- digest of what people are asked about its columns, '' if they are not
	left_out TEXT NOT NULL,                   -- why it holds no records, '' if it does; also when it is merely empty
	again    INTEGER NOT NULL DEFAULT 0,      -- 1: read by answers that hold no more
	body     TEXT NOT NULL,                   -- hub.Sheet as JSON
	PRIMARY KEY (source, scope, ref)
);
INSERT INTO described (source, scope, ref, asks, left_out, body)
	SELECT source, scope, '', CASE WHEN body LIKE '%"guesses":%' THEN 'as ' || scope ELSE '' END,
		CASE WHEN body LIKE '%"left":"explanation"%' THEN 'explanation' WHEN body LIKE '%"left":"pivot"%' THEN 'pivot' ELSE '' END, body
	FROM sheets;
DROP TABLE sheets;
ALTER TABLE described RENAME TO sheets;
-- Pages ask for these all the time, of mailboxes with a hundred thousand sheets too.
CREATE INDEX sheets_asks ON sheets (source, asks, scope, ref) WHERE asks <> '';
CREATE INDEX sheets_left_out ON sheets (source, scope, ref) WHERE left_out <> '';
