-- The taxes of an invoice add up to its tax amount, in both currencies.
SELECT i.id AS invoice, i.number, i.tax_minor, t.tax_minor AS taxes_minor
  FROM invoice_invoice i
  LEFT JOIN (SELECT invoice_id, sum(tax_minor) AS tax_minor, sum(acc_tax_minor) AS acc_tax_minor
               FROM invoice_invoicetax GROUP BY invoice_id) t ON t.invoice_id = i.id
 WHERE NOT i.made_elsewhere
   AND (t.tax_minor, t.acc_tax_minor) IS DISTINCT FROM (i.tax_minor::numeric, i.acc_tax_minor::numeric)
