-- Discounts of whole documents as `rules.rows.AllowanceRow`.
-- Params: ids
SELECT a.invoice_id, a.position, a.tax_id, a.percent, a.base_minor, a.amount_minor, a.acc_amount_minor, a.reason
  FROM invoice_allowance a
 WHERE a.invoice_id = ANY(%(ids)s::bigint[])
 ORDER BY a.invoice_id, a.position
