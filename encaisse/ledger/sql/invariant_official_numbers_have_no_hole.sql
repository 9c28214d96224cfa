-- The official numbers of each legal entity and year are 1 to N without a hole, on entries of that entity and year.
SELECT n.legal_entity_id AS legal_entity, n.year, count(*) AS given, max(n.number) AS last
  FROM ledger_fecnumber n
  JOIN ledger_entry e ON e.id = n.entry_id
 GROUP BY n.legal_entity_id, n.year
HAVING min(n.number) <> 1 OR max(n.number) <> count(*)
    OR bool_or(e.legal_entity_id <> n.legal_entity_id OR extract(year FROM e.date) <> n.year)
