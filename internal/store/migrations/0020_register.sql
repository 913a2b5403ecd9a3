-- +goose Up
-- What rows of official registers say of how numbers belong together; derived
-- from the records, like facts.
CREATE TABLE entries (
	record    INTEGER PRIMARY KEY,
	number    TEXT NOT NULL,                  -- as in NO923609016
	name      TEXT NOT NULL,
	parent    TEXT NOT NULL,                  -- number of the unit above, '' for none
	successor TEXT NOT NULL                   -- number of the company that took over, '' for none
);
CREATE INDEX entries_number ON entries (number);
CREATE INDEX entries_successor ON entries (successor) WHERE successor <> '';
CREATE INDEX entries_parent ON entries (parent) WHERE parent <> '';

-- Whether any customer was weighed as a whole yet is asked for every change.
CREATE INDEX customers_settled ON customers (rank) WHERE doubt = 0 AND rank > 0;

ALTER TABLE faces ADD COLUMN official INTEGER NOT NULL DEFAULT 0; -- 1: the name is that of an official register

-- Who may be sent on from a customer that was merged into another: JSON list of
-- the departments that knew it.
ALTER TABLE customers ADD COLUMN known_to TEXT NOT NULL DEFAULT '';

-- Rows of registers have come between the strata: what founded a customer has moved up by one.
UPDATE customers SET rank = rank + 281474976710656 WHERE rank > 0;
