-- The documents of one series after a given number, in order, with what their links are made of.
-- Params: series_id, after, size
SELECT id, sequence, number, issue_date, due_date, issued_at, digest, link
  FROM invoice_invoice
 WHERE series_id = %(series_id)s AND sequence > %(after)s
 ORDER BY sequence
 LIMIT %(size)s
