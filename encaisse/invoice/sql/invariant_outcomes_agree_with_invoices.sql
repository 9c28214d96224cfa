-- Each invoice of a run that was not cancelled is the outcome of its account in that run, and the other way round.
SELECT coalesce(o.run_id, i.run_id) AS run, coalesce(o.account_id, i.account_id) AS account, i.id AS invoice
  FROM (SELECT * FROM billing_outcome WHERE outcome = 'invoiced') o
  FULL JOIN (SELECT * FROM invoice_invoice WHERE run_id IS NOT NULL) i ON i.id = o.invoice_id
 WHERE (o.run_id, o.account_id, o.split) IS DISTINCT FROM (i.run_id, i.account_id, i.split)
   AND i.state IS DISTINCT FROM 'cancelled'
