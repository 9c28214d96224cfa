-- Credit notes never give back more than the invoice that they correct, of the same account.
SELECT i.id AS invoice, i.number, i.gross_minor, sum(c.gross_minor) AS credited_minor
  FROM invoice_invoice c
  JOIN invoice_invoice i ON i.id = c.corrects_id
 WHERE c.kind = 'credit_note' AND c.state <> 'cancelled'
 GROUP BY i.id
HAVING -sum(c.gross_minor) > i.gross_minor OR bool_or(c.account_id <> i.account_id OR c.currency <> i.currency)
