-- Taxes as `rules.rows.TaxRow`.
-- Params: ids
SELECT t.invoice_id, t.position, t.tax_id, t.component, t.category, t.kind, t.rate, t.base_minor,
       t.tax_minor, t.acc_tax_minor, t.deferred_minor
  FROM invoice_invoicetax t
 WHERE t.invoice_id = ANY(%(ids)s::bigint[])
 ORDER BY t.invoice_id, t.position
