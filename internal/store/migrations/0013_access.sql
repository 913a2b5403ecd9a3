-- +goose Up
-- Who looked at what. Every line is sealed together with the seal of the line
-- before it (HMAC-SHA256), so that one changed, removed or put elsewhere is found.
CREATE TABLE access_log (
	seq     BIGINT PRIMARY KEY,
	at      BIGINT NOT NULL,
	who     TEXT NOT NULL,
	action  TEXT NOT NULL,                   -- search, customer, record, download, export, list, sign-in, …
	subject TEXT NOT NULL,                   -- the words searched for, or the id of what was opened
	seal    TEXT NOT NULL                    -- hexadecimal
);
CREATE INDEX access_log_who ON access_log (who, seq);

-- The two ends of the chain: what retention has removed, and the last line.
CREATE TABLE access_chain (
	one       INTEGER PRIMARY KEY CHECK (one = 1),
	base_seq  BIGINT NOT NULL,               -- last line removed by retention
	base_seal TEXT NOT NULL,
	base_mark TEXT NOT NULL,                 -- seal over the two
	head_seq  BIGINT NOT NULL,
	head_seal TEXT NOT NULL,
	head_mark TEXT NOT NULL                -- seal over the two: an earlier end cannot be put in its place
);
INSERT INTO access_chain (one, base_seq, base_seal, base_mark, head_seq, head_seal, head_mark) VALUES (1, 0, '', '', 0, '', '');
