-- Contracts end when the rows say. May be repeated.
-- Params: rows (JSON: id, end_date, content_hash)
UPDATE subscription_subscription s
   SET end_date = n.end_date, content_hash = n.content_hash
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(id bigint, end_date date, content_hash text)
 WHERE s.id = n.id
