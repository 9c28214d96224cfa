-- The sums by account and day of what was posted.
-- Params:
INSERT INTO ledger_daysum (legal_entity_id, account_id, journal, date, postings, debit_minor, credit_minor)
SELECT e.legal_entity_id, p.account_id, e.journal, e.date, count(*), sum(greatest(p.amount_minor, 0)),
       sum(greatest(-p.amount_minor, 0))
  FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
 GROUP BY e.legal_entity_id, p.account_id, e.journal, e.date
