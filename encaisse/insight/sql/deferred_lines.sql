-- The lines of what a legal entity had issued by a day whose period goes on after it, and the other lines of those
-- that bear a discount of the whole document, which is spread over all lines of its tax. The discount stands beside.
-- Params: legal_entity_id, on, after, accounts (null: all)
WITH reaching AS MATERIALIZED (
    SELECT DISTINCT l.invoice_id AS id
      FROM invoice_invoice i
      JOIN invoice_line l ON l.invoice_id = i.id
     WHERE i.legal_entity_id = %(legal_entity_id)s AND i.state = 'issued' AND NOT i.made_elsewhere
       AND i.issue_date <= %(on)s AND l.period_to > %(after)s
       AND (%(accounts)s::bigint[] IS NULL OR i.account_id = ANY(%(accounts)s::bigint[]))
), allowance AS (
    SELECT a.invoice_id, a.tax_id, sum(a.amount_minor)::bigint AS amount_minor
      FROM reaching r JOIN invoice_allowance a ON a.invoice_id = r.id
     GROUP BY a.invoice_id, a.tax_id
)
SELECT l.invoice_id, i.number, i.issue_date, a.id, a.reference, c.id, c.name, p.code, p.name_fr, p.name_en,
       ledger_revenue_account(p.id, p.revenue_account, i.issue_date), coalesce(o.code, ''), l.label, l.period_from, l.period_to, l.acc_net_minor, l.tax_id,
       coalesce(w.amount_minor, 0)
  FROM reaching r
  JOIN invoice_invoice i ON i.id = r.id
  JOIN invoice_line l ON l.invoice_id = i.id
  JOIN party_billingaccount a ON a.id = i.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN catalog_product p ON p.id = l.product_id
  LEFT JOIN allowance w ON (w.invoice_id, w.tax_id) = (l.invoice_id, l.tax_id)
  LEFT JOIN LATERAL (
        SELECT o.code
          FROM billing_claim k
          JOIN charge_charge h ON h.id = k.charge_id
          JOIN subscription_item t ON t.id = h.item_id
          JOIN catalog_offer o ON o.id = t.offer_id
         WHERE k.line = l.id
         ORDER BY k.charge_id LIMIT 1) o ON true
 WHERE l.period_to > %(after)s OR w.amount_minor IS NOT NULL
 ORDER BY i.issue_date, l.invoice_id, l.position
