-- +goose Up
-- A customer that no organisation number founded may turn out to be another:
-- its records are linked to root then. Customers are weighed in the order of
-- (rank, anchor), each against those before it.
ALTER TABLE customers ADD COLUMN rank BIGINT NOT NULL DEFAULT 0;     -- 0: founded by an organisation number
ALTER TABLE customers ADD COLUMN root BIGINT NOT NULL DEFAULT 0;     -- whom its records are linked to: itself, or an earlier one
ALTER TABLE customers ADD COLUMN reasons TEXT NOT NULL DEFAULT '';   -- JSON list of hub.Evidence for that
ALTER TABLE customers ADD COLUMN doubt INTEGER NOT NULL DEFAULT 0;   -- 1: to be weighed against the earlier ones again
UPDATE customers SET root = id;
CREATE INDEX customers_root ON customers (root);
CREATE INDEX customers_doubt ON customers (rank, anchor) WHERE doubt = 1;

-- A record that its own stratum leaves open is weighed again with those that
-- lean on all: then stratum is that of the mails, and home its own.
ALTER TABLE traces ADD COLUMN home BIGINT NOT NULL DEFAULT 0;
