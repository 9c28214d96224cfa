-- Billing accounts become what the rows say; legal entity and currency stay, and so do references. May be repeated.
-- Params: rows (JSON, the columns of a billing account)
UPDATE party_billingaccount a
   SET identity_id = n.identity_id, terms_kind = n.terms_kind, terms_days = n.terms_days,
       terms_day = n.terms_day, terms_plan = n.terms_plan, payment_method = n.payment_method, iban = n.iban,
       requires_reference = n.requires_reference, state = n.state
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(
       id bigint, identity_id bigint, terms_kind text, terms_days smallint, terms_day smallint, terms_plan text,
       payment_method text, iban text, requires_reference text, state text)
 WHERE a.id = n.id
