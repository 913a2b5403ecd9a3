-- +goose Up
-- Who says the opposite of what they said before revokes that: the decision that
-- replaced it, so that taking this one back restores it.
ALTER TABLE decisions ADD COLUMN replaced_by BIGINT NOT NULL DEFAULT 0;
CREATE INDEX decisions_replaced ON decisions (replaced_by) WHERE replaced_by <> 0;
