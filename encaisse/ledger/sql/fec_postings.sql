-- The numbered postings of one legal entity and year in the order of the FEC, as `rules.FecPosting`.
-- A payment without a reference of its own is named after its key.
-- Params: legal_entity_id, year
SELECT e.journal, n.number, e.date, a.code, a.name_fr,
       CASE WHEN p.billing_account_id IS NULL THEN '' ELSE b.reference END,
       CASE WHEN p.billing_account_id IS NULL THEN '' ELSE who.name END,
       coalesce(i.number, nullif(m.reference, ''), 'R' || m.id, d.number),
       coalesce(i.issue_date, m.received_on, w.moved_on),
       CASE WHEN e.kind = 'invoice' THEN i.kind ELSE e.kind END, who.name,
       p.amount_minor, l.currency, (e.posted_at AT TIME ZONE l.timezone)::date,
       p.foreign_minor, coalesce(p.foreign_currency, '')
  FROM ledger_fecnumber n
  JOIN ledger_entry e ON e.id = n.entry_id
  JOIN party_legalentity l ON l.id = n.legal_entity_id
  JOIN ledger_posting p ON p.entry_id = e.id
  JOIN ledger_account a ON a.id = p.account_id
  LEFT JOIN invoice_invoice i ON i.id = e.invoice_id
  LEFT JOIN payment_payment m ON m.id = e.payment_id
  LEFT JOIN deposit_movement w ON w.id = e.movement_id
  LEFT JOIN deposit_deposit d ON d.id = w.deposit_id
  JOIN party_billingaccount b ON b.id = coalesce(i.account_id, m.account_id, d.account_id)
  JOIN party_identity who ON who.id = b.identity_id
 WHERE n.legal_entity_id = %(legal_entity_id)s AND n.year = %(year)s
 ORDER BY n.number, p.id
