-- What is posted in the books of a country with a chart of its own has an account there.
SELECT DISTINCT l.chart, a.code AS account
  FROM (SELECT DISTINCT legal_entity_id, account_id FROM ledger_daysum) d
  JOIN party_legalentity l ON l.id = d.legal_entity_id AND l.chart <> 'FR'
  JOIN ledger_account a ON a.id = d.account_id
 WHERE NOT EXISTS (SELECT FROM ledger_countryaccount c WHERE c.chart = l.chart AND starts_with(a.code, c.listed))
