-- +goose Up
-- The names of customers are read for every list, the best face first: from the index alone.
CREATE INDEX faces_best ON faces (customer, official, named, records, department, name);
