-- Credit notes that take back lines never give back more than the invoice they correct; all are of its account.
SELECT i.id AS invoice, i.number, i.gross_minor, sum(c.gross_minor) FILTER (WHERE c.takes) AS credited_minor
  FROM (SELECT n.*, EXISTS (SELECT FROM invoice_line l
                             WHERE l.invoice_id = n.id AND l.corrects_line IS NOT NULL) AS takes
          FROM invoice_invoice n) c
  JOIN invoice_invoice i ON i.id = c.corrects_id
 WHERE c.kind = 'credit_note' AND c.state <> 'cancelled'
 GROUP BY i.id
HAVING -coalesce(sum(c.gross_minor) FILTER (WHERE c.takes), 0) > i.gross_minor
    OR bool_or(c.account_id <> i.account_id OR c.currency <> i.currency)
