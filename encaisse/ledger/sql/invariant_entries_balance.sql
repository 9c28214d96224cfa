-- Every entry has two postings or more, which sum to zero in the accounting currency.
SELECT e.id AS entry, coalesce(p.postings, 0) AS postings, p.amount_minor
  FROM ledger_entry e
  LEFT JOIN (SELECT entry_id, count(*) AS postings, sum(amount_minor) AS amount_minor
               FROM ledger_posting GROUP BY entry_id) p ON p.entry_id = e.id
 WHERE coalesce(p.postings, 0) < 2 OR p.amount_minor <> 0
