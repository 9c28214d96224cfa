-- A run says how many of its documents wait in quarantine, and each of these has its open place there.
SELECT coalesce(r.id, q.run_id) AS run, r.quarantined, coalesce(q.waiting, 0) AS waiting,
       coalesce(i.quarantined, 0) AS invoices
  FROM billing_run r
  FULL JOIN (SELECT run_id, count(*) AS waiting FROM judgement_quarantine WHERE decision = '' GROUP BY run_id) q
         ON q.run_id = r.id
  LEFT JOIN (SELECT run_id, count(*) AS quarantined FROM invoice_invoice WHERE state = 'quarantined' GROUP BY run_id) i
         ON i.run_id = r.id
 WHERE (r.quarantined, r.quarantined) IS DISTINCT FROM (coalesce(q.waiting, 0)::int, coalesce(i.quarantined, 0)::int)
