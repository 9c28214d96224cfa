-- The bases of the VAT of an invoice add up to its net amount: every line is taxed once, or exempt with a reason.
SELECT i.id AS invoice, i.number, i.net_minor, t.base_minor
  FROM invoice_invoice i
  LEFT JOIN (SELECT invoice_id, sum(base_minor) AS base_minor
               FROM invoice_invoicetax WHERE kind = 'vat' GROUP BY invoice_id) t ON t.invoice_id = i.id
 WHERE NOT i.made_elsewhere AND t.base_minor IS DISTINCT FROM i.net_minor::numeric
