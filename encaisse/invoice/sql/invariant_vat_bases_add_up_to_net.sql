-- The bases of the VAT of an invoice add up to its net amount and the taxes that enter them.
-- So every line is taxed once, or exempt with a reason.
SELECT i.id AS invoice, i.number, i.net_minor, t.included_minor, t.base_minor
  FROM invoice_invoice i
  LEFT JOIN (SELECT t.invoice_id, sum(t.base_minor) FILTER (WHERE t.kind = 'vat') AS base_minor,
                    coalesce(sum(t.tax_minor) FILTER (WHERE k.in_base), 0) AS included_minor
               FROM invoice_invoicetax t
               JOIN tax_component k ON (k.tax_id, k.position) = (t.tax_id, t.component)
              GROUP BY t.invoice_id) t ON t.invoice_id = i.id
 WHERE NOT i.made_elsewhere AND t.base_minor IS DISTINCT FROM i.net_minor + t.included_minor
