-- The charges of a legal entity that began before a day and that nothing issued by then bills: those that wait, those
-- of drafts, and those billed later. What gives back something billed by then belongs to the day of its credit note.
-- Params: legal_entity_id, on, after, currency, accounts (null: all)
SELECT coalesce(i.id, 0), coalesce(i.number, ''), coalesce(i.issue_date, h.billable_on), a.id, a.reference, c.id, c.name,
       p.code, p.name_fr, p.name_en,
       ledger_revenue_account(p.id, p.revenue_account, %(on)s), coalesce(o.code, ''), h.label, h.period_from, h.period_to,
       CASE WHEN i.state = 'issued' THEN k.share_minor END, h.amount, h.discount_percent,
       coalesce(h.discount_amount, 0), h.kind, h.item_id
  FROM charge_charge h
  JOIN party_billingaccount a ON a.id = h.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN catalog_product p ON p.id = h.product_id
  LEFT JOIN billing_claim k ON k.charge_id = h.id
  LEFT JOIN invoice_line l ON l.id = k.line
  LEFT JOIN invoice_invoice i ON i.id = l.invoice_id
  LEFT JOIN subscription_item t ON t.id = h.item_id
  LEFT JOIN catalog_offer o ON o.id = t.offer_id
 WHERE a.legal_entity_id = %(legal_entity_id)s AND a.state <> 'withdrawn'
   AND h.currency = %(currency)s
   AND coalesce(h.period_from, h.billable_on) < %(after)s
   AND (k.charge_id IS NULL OR k.fate = 'billed')
   AND (i.state IS DISTINCT FROM 'issued' OR i.issue_date > %(on)s)
   AND (%(accounts)s::bigint[] IS NULL OR h.account_id = ANY(%(accounts)s::bigint[]))
   AND NOT EXISTS (
        SELECT FROM charge_charge b
          JOIN billing_claim s ON s.charge_id = b.id
          JOIN invoice_line m ON m.id = s.line
          JOIN invoice_invoice j ON j.id = m.invoice_id
         WHERE b.id = h.reverses_id AND j.state = 'issued' AND j.issue_date <= %(on)s)
   AND NOT EXISTS (
        SELECT FROM invoice_invoice j
         WHERE j.id = i.corrects_id AND j.issue_date <= %(on)s AND h.kind IN ('reversal', 'correction'))
 ORDER BY c.name, a.reference, h.id
