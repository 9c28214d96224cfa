-- What was told already under these keys, each looked up by the index, whatever the statistics say.
-- Params: sources, keys (arrays of one length)
SELECT e.source, e.key, s.reference, e.meter, e.occurred_at, e.quantity, e.member
  FROM unnest(%(sources)s::text[], %(keys)s::text[]) AS n(source, key)
 CROSS JOIN LATERAL (SELECT * FROM usage_event e WHERE e.source = n.source AND e.key = n.key OFFSET 0) e
  JOIN subscription_subscription s ON s.id = e.subscription_id
