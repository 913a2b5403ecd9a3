-- +goose Up
-- How the pages look to a user: 'light', 'dark', '' follows the system.
ALTER TABLE users ADD COLUMN theme TEXT NOT NULL DEFAULT '';
