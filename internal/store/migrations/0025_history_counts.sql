-- +goose Up
-- With the time: the month that a mail of the hours around midnight is shown in
-- depends on the zone of the installation.
DROP INDEX history_sums;
CREATE INDEX history_sums ON history (customer, nature, currency, gross, source, month, at, priced, cents);
-- Mails of one time, among which the copies of one in several mailboxes are.
CREATE INDEX history_mails ON history (customer, at, source, record) WHERE kind = 'mail';
