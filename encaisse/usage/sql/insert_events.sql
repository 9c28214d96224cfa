-- Events come in; one that another transaction has just told under the same key does not, and is not returned.
-- Params: rows (JSON, the columns of an event)
INSERT INTO usage_event (id, source, key, subscription_id, meter, occurred_at, quantity, member, received_at)
SELECT n.id, n.source, n.key, n.subscription_id, n.meter, n.occurred_at, n.quantity, n.member, n.received_at
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(
       id bigint, source text, key text, subscription_id bigint, meter text, occurred_at timestamptz,
       quantity numeric, member text, received_at timestamptz)
    ON CONFLICT (source, key) DO NOTHING
RETURNING source, key
