-- A billed charge is on one line, which exists, on an invoice of its own account and currency, for its own product.
SELECT k.charge_id AS charge, k.line, l.invoice_id AS invoice
  FROM billing_claim k
  JOIN charge_charge h ON h.id = k.charge_id
  LEFT JOIN invoice_line l ON l.id = k.line
  LEFT JOIN invoice_invoice i ON i.id = l.invoice_id
 WHERE k.fate = 'billed'
   AND (i.account_id, i.currency, l.product_id) IS DISTINCT FROM (h.account_id, h.currency, h.product_id)
