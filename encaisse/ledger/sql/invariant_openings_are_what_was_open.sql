-- The opening entry of an invoice made elsewhere is what was open of it as it came in.
-- It is on the account of its invoice, not before its date, and mirrored if and only if the invoice was withdrawn. No other
-- invoice has any.
SELECT coalesce(i.id, e.invoice_id) AS invoice, i.number, i.state, e.opened_minor, e.withdrawn_minor
  FROM (SELECT *, nullif(ledger_opening_minor(v), 0)::numeric AS owed_minor
          FROM invoice_invoice v WHERE made_elsewhere) i
  FULL JOIN (SELECT e.invoice_id, e.legal_entity_id, p.billing_account_id, min(e.date) AS date,
                    sum(p.amount_minor) FILTER (WHERE e.kind = 'opening') AS opened_minor,
                    sum(p.amount_minor) FILTER (WHERE e.kind = 'opening_withdrawn') AS withdrawn_minor
               FROM ledger_entry e
               LEFT JOIN ledger_posting p ON p.entry_id = e.id AND p.billing_account_id IS NOT NULL
              WHERE e.kind IN ('opening', 'opening_withdrawn')
              GROUP BY e.invoice_id, e.legal_entity_id, p.billing_account_id) e ON e.invoice_id = i.id
 WHERE i.id IS NULL
    OR e.opened_minor IS DISTINCT FROM i.owed_minor
    OR e.withdrawn_minor IS DISTINCT FROM CASE i.state WHEN 'withdrawn' THEN -i.owed_minor END
    OR (e.invoice_id IS NOT NULL AND ((e.legal_entity_id, e.billing_account_id)
                                      IS DISTINCT FROM (i.legal_entity_id, i.account_id) OR e.date < i.issue_date))
