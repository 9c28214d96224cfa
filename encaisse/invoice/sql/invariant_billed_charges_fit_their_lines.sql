-- A billed charge is on one line, which exists, on an invoice of its own account, for its own product.
-- It is in the currency of the invoice, or in that of the books.
SELECT k.charge_id AS charge, k.line, l.invoice_id AS invoice
  FROM billing_claim k
  JOIN charge_charge h ON h.id = k.charge_id
  LEFT JOIN invoice_line l ON l.id = k.line
  LEFT JOIN invoice_invoice i ON i.id = l.invoice_id
 WHERE k.fate = 'billed'
   AND ((i.account_id, l.product_id) IS DISTINCT FROM (h.account_id, h.product_id)
        OR h.currency NOT IN (i.currency, i.accounting_currency))
