-- +goose Up
-- The latest of each nature, for the answers of a customer page.
CREATE INDEX history_nature ON history (customer, nature, at, record);
