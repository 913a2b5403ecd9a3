-- +goose Up
-- What the scopes of rows were recognised as: their tables with the roles of
-- the columns, and what is asked of people about them.
CREATE TABLE sheets (
	source INTEGER NOT NULL,
	scope  TEXT NOT NULL,
	body   TEXT NOT NULL,                     -- hub.Sheet as JSON
	PRIMARY KEY (source, scope)
);
