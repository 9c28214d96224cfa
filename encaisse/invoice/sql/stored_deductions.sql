-- What documents deduct of advances as `rules.rows.DeductionRow`.
-- Params: ids
SELECT d.invoice_id, d.position, d.advance_id, d.advance_tax_id, d.net_minor, d.tax_minor
  FROM invoice_deduction d
 WHERE d.invoice_id = ANY(%(ids)s::bigint[])
 ORDER BY d.invoice_id, d.position
