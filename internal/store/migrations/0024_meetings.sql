-- +goose Up
-- Which of the invitations to one meeting is the newest (hub.Facts.Version); 0 is none.
ALTER TABLE facts ADD COLUMN version BIGINT NOT NULL DEFAULT 0;
