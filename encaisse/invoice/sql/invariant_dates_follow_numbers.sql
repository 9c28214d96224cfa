-- In a series, a later number never bears an earlier date.
SELECT id AS invoice, number, issue_date, before AS date_before
  FROM (SELECT id, number, issue_date, lag(issue_date) OVER (PARTITION BY series_id ORDER BY sequence) AS before
          FROM invoice_invoice WHERE series_id IS NOT NULL) i
 WHERE issue_date < before
