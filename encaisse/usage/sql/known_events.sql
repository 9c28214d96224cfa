-- What was told already under these keys.
-- Params: sources, keys (arrays of one length)
SELECT e.source, e.key, s.reference, e.meter, e.occurred_at, e.quantity, e.member
  FROM unnest(%(sources)s::text[], %(keys)s::text[]) AS n(source, key)
  JOIN usage_event e ON (e.source, e.key) = (n.source, n.key)
  JOIN subscription_subscription s ON s.id = e.subscription_id
