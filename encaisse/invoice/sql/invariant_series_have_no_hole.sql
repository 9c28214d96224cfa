-- Each series gives the numbers 1 to N without a hole, and says which was the last.
SELECT s.id AS series, s.prefix, s.last_number, coalesce(n.given, 0) AS given, n.first, n.last
  FROM invoice_series s
  LEFT JOIN (SELECT series_id, count(*) AS given, min(sequence) AS first, max(sequence) AS last
               FROM invoice_invoice WHERE series_id IS NOT NULL GROUP BY series_id) n ON n.series_id = s.id
  LEFT JOIN invoice_invoice i ON i.series_id = s.id AND i.sequence = s.last_number
 WHERE (coalesce(n.given, 0), coalesce(n.first, 1), coalesce(n.last, 0)) <> (s.last_number, 1, s.last_number)
    OR coalesce(i.link, ''::bytea) <> s.last_link
    OR i.issue_date IS DISTINCT FROM s.last_issue_date
