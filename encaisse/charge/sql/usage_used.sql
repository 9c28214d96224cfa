-- What was used within windows, charged or not, summed up by window, with the events themselves.
-- Params: numbers, subscriptions, meters, firsts, untils (arrays of one length, a span each)
SELECT n.number, count(*)::int, sum(e.quantity), max(e.quantity), count(DISTINCT e.member)::int,
       array_agg(e.id)::text
  FROM unnest(%(numbers)s::int[], %(subscriptions)s::bigint[], %(meters)s::text[], %(firsts)s::timestamptz[],
              %(untils)s::timestamptz[]) AS n(number, subscription_id, meter, first, until)
  JOIN usage_event e ON e.subscription_id = n.subscription_id AND e.meter = n.meter
   AND e.occurred_at >= n.first AND e.occurred_at < n.until
 GROUP BY n.number
