-- +goose Up
-- Searches that a user keeps, to be told of what is new in them.
CREATE TABLE searches (
	id      INTEGER PRIMARY KEY,
	owner   TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
	name    TEXT NOT NULL,
	query   TEXT NOT NULL,                    -- as in the address of the search page
	above   BIGINT NOT NULL,                  -- the last record that was found when the owner looked
	created BIGINT NOT NULL,
	UNIQUE (owner, query)
);
