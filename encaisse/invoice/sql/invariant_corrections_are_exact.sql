-- No line is corrected beyond itself, and a document of which no line is left is corrected to the cent.
-- That is: its discounts and its taxes too, those that wait for payment included.
WITH taken AS (
    SELECT l.invoice_id, l.id AS line, l.net_minor,
           -coalesce(sum(c.net_minor) FILTER (WHERE n.state <> 'cancelled'), 0) AS taken_minor
      FROM invoice_line l
      LEFT JOIN invoice_line c ON c.corrects_line = l.id
      LEFT JOIN invoice_invoice n ON n.id = c.invoice_id
     WHERE l.invoice_id IN (SELECT b.invoice_id FROM invoice_line a JOIN invoice_line b ON b.id = a.corrects_line)
     GROUP BY l.id
), whole AS (
    SELECT invoice_id FROM taken GROUP BY invoice_id HAVING bool_and(taken_minor = net_minor)
)
SELECT t.invoice_id AS invoice, t.line, t.net_minor AS left_minor, t.taken_minor
  FROM taken t
 WHERE t.taken_minor NOT BETWEEN least(t.net_minor, 0) AND greatest(t.net_minor, 0)
 UNION ALL
SELECT i.id, NULL, i.gross_minor + sum(n.gross_minor), -sum(n.gross_minor)
  FROM whole w
  JOIN invoice_invoice i ON i.id = w.invoice_id
  JOIN invoice_invoice n ON n.corrects_id = i.id AND n.kind <> i.kind AND n.state <> 'cancelled'
  LEFT JOIN LATERAL (SELECT sum(x.deferred_minor) AS deferred_minor FROM invoice_invoicetax x
                      WHERE x.invoice_id = n.id) d ON true
  LEFT JOIN LATERAL (SELECT sum(x.deferred_minor) AS deferred_minor FROM invoice_invoicetax x
                      WHERE x.invoice_id = i.id) e ON true
 WHERE EXISTS (SELECT FROM invoice_line l WHERE l.invoice_id = n.id AND l.corrects_line IS NOT NULL)
 GROUP BY i.id, e.deferred_minor
HAVING (i.gross_minor, i.tax_minor, i.allowance_minor, coalesce(e.deferred_minor, 0))
       IS DISTINCT FROM (-sum(n.gross_minor), -sum(n.tax_minor), -sum(n.allowance_minor),
                         -coalesce(sum(d.deferred_minor), 0))
