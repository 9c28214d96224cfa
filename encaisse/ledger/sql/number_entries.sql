-- Gives the entity's entries of one year that have none their official number, in order of validation, after the
-- last one given. Repeatable: a numbered entry keeps its number. The entity's row is locked by the operation.
-- Params: legal_entity_id, year
INSERT INTO ledger_fecnumber (entry_id, legal_entity_id, year, number)
SELECT e.id, e.legal_entity_id, %(year)s, last.number + row_number() OVER (ORDER BY e.posted_at, e.id)
  FROM ledger_entry e
 CROSS JOIN (SELECT coalesce(max(number), 0) AS number FROM ledger_fecnumber
              WHERE legal_entity_id = %(legal_entity_id)s AND year = %(year)s) last
 WHERE e.legal_entity_id = %(legal_entity_id)s
   AND e.date >= make_date(%(year)s, 1, 1) AND e.date < make_date(%(year)s + 1, 1, 1)
   AND NOT EXISTS (SELECT FROM ledger_fecnumber n WHERE n.entry_id = e.id)
 ORDER BY e.posted_at, e.id
