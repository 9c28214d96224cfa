-- Of each tax of an advance, what was deducted and credited never passes it, and what is deducted stands in rows.
SELECT t.invoice_id AS advance, NULL AS invoice, t.base_minor, l.net_minor AS left_minor, l.tax_minor AS left_tax_minor
  FROM invoice_advance a
  JOIN invoice_invoicetax t ON t.invoice_id = a.invoice_id
 CROSS JOIN LATERAL invoice_advance_left(t) l
 WHERE NOT (l.net_minor BETWEEN 0 AND t.base_minor)
 UNION ALL
SELECT NULL, i.id, i.deducted_minor, d.net_minor, d.tax_minor
  FROM (SELECT * FROM invoice_invoice WHERE deducted_minor <> 0 AND NOT made_elsewhere) i
  FULL JOIN (SELECT invoice_id, sum(net_minor) AS net_minor, sum(tax_minor) AS tax_minor
               FROM invoice_deduction GROUP BY invoice_id) d ON d.invoice_id = i.id
 WHERE i.deducted_minor IS DISTINCT FROM d.net_minor + d.tax_minor
