-- +goose Up
-- A mail that lies in several mailboxes has the same key in each: its copies
-- are found by it.
CREATE INDEX records_mail_key ON records (key) WHERE kind = 'mail';
