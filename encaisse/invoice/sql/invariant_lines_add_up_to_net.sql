-- The lines of an invoice, less the discounts of the document, add up to its net amount, in both currencies.
SELECT i.id AS invoice, i.number, i.net_minor, l.net_minor AS lines_minor, a.amount_minor AS allowances_minor
  FROM invoice_invoice i
  LEFT JOIN (SELECT invoice_id, sum(net_minor) AS net_minor, sum(acc_net_minor) AS acc_net_minor
               FROM invoice_line GROUP BY invoice_id) l ON l.invoice_id = i.id
  LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS amount_minor, sum(acc_amount_minor) AS acc_amount_minor
               FROM invoice_allowance GROUP BY invoice_id) a ON a.invoice_id = i.id
 WHERE NOT i.made_elsewhere
   AND ((l.net_minor - i.allowance_minor, coalesce(a.amount_minor, 0))
        IS DISTINCT FROM (i.net_minor::numeric, i.allowance_minor::numeric)
        OR l.acc_net_minor - coalesce(a.acc_amount_minor, 0) IS DISTINCT FROM i.acc_net_minor::numeric)
