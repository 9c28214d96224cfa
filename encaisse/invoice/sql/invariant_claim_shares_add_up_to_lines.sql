-- The shares of the charges that a line gathers add up to its net amount; lines of cancelled drafts hold none.
SELECT l.id AS line, l.invoice_id AS invoice, l.net_minor, k.share_minor
  FROM invoice_line l
  JOIN invoice_invoice i ON i.id = l.invoice_id
  LEFT JOIN (SELECT line, sum(share_minor) AS share_minor FROM billing_claim WHERE line IS NOT NULL GROUP BY line) k
         ON k.line = l.id
 WHERE NOT i.made_elsewhere
   AND k.share_minor IS DISTINCT FROM CASE WHEN i.state <> 'cancelled' THEN l.net_minor::numeric END
