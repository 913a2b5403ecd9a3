-- +goose Up
CREATE TABLE users (
	name            TEXT PRIMARY KEY,         -- what is typed at login, lower case
	role            TEXT NOT NULL,
	all_departments INTEGER NOT NULL DEFAULT 0,
	departments     TEXT NOT NULL,            -- JSON list
	language        TEXT NOT NULL DEFAULT '', -- '' follows the browser
	password        TEXT NOT NULL DEFAULT '', -- argon2id in PHC form, '' means that no password fits
	created         BIGINT NOT NULL,
	seen            BIGINT
);

-- A session, a bearer token and a login link are one thing: a secret that
-- stands for a user. Only its hash is kept.
CREATE TABLE tokens (
	id      INTEGER PRIMARY KEY,
	hash    TEXT NOT NULL UNIQUE,             -- SHA-256 of the secret, hexadecimal
	owner   TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
	kind    TEXT NOT NULL,                    -- session, bearer, link
	label   TEXT NOT NULL,
	created BIGINT NOT NULL,
	seen    BIGINT,
	expires BIGINT                            -- NULL: never
);
CREATE INDEX tokens_owner ON tokens (owner);

-- Failed logins by account and by address, for the growing delay.
CREATE TABLE attempts (
	subject  TEXT PRIMARY KEY,
	failures INTEGER NOT NULL,
	last     BIGINT NOT NULL
);
