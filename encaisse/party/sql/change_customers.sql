-- Customers become what the rows say; a record that brought one anew is where it comes from. May be repeated.
-- Params: rows (JSON, the columns of a customer)
UPDATE party_customer c
   SET name = n.name, sort_key = n.sort_key, language = n.language, rep_id = n.rep_id,
       credit_limit_minor = n.credit_limit_minor, credit_currency = n.credit_currency,
       credit_category = n.credit_category,
       since_date = n.since_date, state = n.state, content_hash = n.content_hash,
       intake_row_id = coalesce(n.intake_row_id, c.intake_row_id)
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(
       id bigint, name text, sort_key text, language text, rep_id bigint, credit_limit_minor bigint,
       credit_currency text, credit_category text, since_date date, state text, content_hash text,
       intake_row_id bigint)
 WHERE c.id = n.id
