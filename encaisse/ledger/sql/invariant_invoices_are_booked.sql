-- Every invoice issued here has one entry, of its own entity and date, whose receivable is its total; no other has any.
SELECT coalesce(i.id, e.invoice_id) AS invoice, i.number, i.state, e.id AS entry, e.owed_minor
  FROM (SELECT * FROM invoice_invoice WHERE state = 'issued' AND NOT made_elsewhere) i
  FULL JOIN (SELECT e.id, e.invoice_id, e.legal_entity_id, e.date, p.billing_account_id,
                    sum(p.amount_minor) AS owed_minor
               FROM ledger_entry e
               LEFT JOIN ledger_posting p ON p.entry_id = e.id AND p.billing_account_id IS NOT NULL
              WHERE e.kind = 'invoice'
              GROUP BY e.id, p.billing_account_id) e ON e.invoice_id = i.id
 WHERE (e.legal_entity_id, e.date, e.billing_account_id, e.owed_minor)
       IS DISTINCT FROM (i.legal_entity_id, i.issue_date, i.account_id, i.acc_gross_minor::numeric)
