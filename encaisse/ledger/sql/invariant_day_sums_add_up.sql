-- The sums by account and day, from which balances are read, are those of the postings.
SELECT legal_entity, account, journal, date, sum(postings) AS postings, sum(debit_minor) AS debit_minor,
       sum(credit_minor) AS credit_minor
  FROM (
    SELECT e.legal_entity_id AS legal_entity, p.account_id AS account, e.journal, e.date, count(*) AS postings,
           sum(greatest(p.amount_minor, 0)) AS debit_minor, sum(greatest(-p.amount_minor, 0)) AS credit_minor
      FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
     GROUP BY e.legal_entity_id, p.account_id, e.journal, e.date
     UNION ALL
    SELECT legal_entity_id, account_id, journal, date, -sum(postings), -sum(debit_minor), -sum(credit_minor)
      FROM ledger_daysum GROUP BY legal_entity_id, account_id, journal, date
  ) either
 GROUP BY legal_entity, account, journal, date
HAVING sum(postings) <> 0 OR sum(debit_minor) <> 0 OR sum(credit_minor) <> 0
