-- Contracts become what the rows say. May be repeated.
-- Params: rows (JSON: id, end_date, term_months, notice_days, renewal, buyer_reference_id, content_hash)
UPDATE subscription_subscription s
   SET end_date = n.end_date, term_months = n.term_months, notice_days = n.notice_days, renewal = n.renewal,
       buyer_reference_id = n.buyer_reference_id, content_hash = n.content_hash
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(
       id bigint, end_date date, term_months smallint, notice_days smallint, renewal text,
       buyer_reference_id bigint, content_hash text)
 WHERE s.id = n.id
