-- The postings of each legal entity sum to zero, and no posting is without its entry.
SELECT e.legal_entity_id AS legal_entity, sum(p.amount_minor) AS amount_minor
  FROM ledger_posting p
  LEFT JOIN ledger_entry e ON e.id = p.entry_id
 GROUP BY e.legal_entity_id
HAVING sum(p.amount_minor) <> 0 OR e.legal_entity_id IS NULL
