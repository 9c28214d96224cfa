-- The charges that these drafts bill, in the order in which they were drafted, with the currency of their price and the
-- tax of their line. The rest stands as in `open_charges.sql`.
-- Params: ids
SELECT i.id AS invoice_id, h.currency, l.tax_id,
       h.id, h.account_id, i.buyer_reference_id, p.tax_class, h.quantity, h.amount, h.discount_amount,
       h.product_id, h.label, h.unit_price, h.discount_percent, h.discount_reason, h.period_from, h.period_to
  FROM invoice_invoice i
  JOIN invoice_line l ON l.invoice_id = i.id
  JOIN billing_claim k ON k.line = l.id
  JOIN charge_charge h ON h.id = k.charge_id
  JOIN catalog_product p ON p.id = h.product_id
 WHERE i.id = ANY(%(ids)s::bigint[])
 ORDER BY i.id, h.id
