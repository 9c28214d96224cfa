-- The lines of an invoice add up to its net amount, in both currencies.
SELECT i.id AS invoice, i.number, i.net_minor, l.net_minor AS lines_minor
  FROM invoice_invoice i
  LEFT JOIN (SELECT invoice_id, sum(net_minor) AS net_minor, sum(acc_net_minor) AS acc_net_minor
               FROM invoice_line GROUP BY invoice_id) l ON l.invoice_id = i.id
 WHERE NOT i.made_elsewhere
   AND (l.net_minor, l.acc_net_minor) IS DISTINCT FROM (i.net_minor::numeric, i.acc_net_minor::numeric)
