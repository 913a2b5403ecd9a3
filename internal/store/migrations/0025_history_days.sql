-- +goose Up
-- With the time: the month that a mail of the hours around midnight is shown in
-- depends on the zone of the installation.
DROP INDEX history_sums;
CREATE INDEX history_sums ON history (customer, nature, currency, gross, source, month, at, priced, cents);
