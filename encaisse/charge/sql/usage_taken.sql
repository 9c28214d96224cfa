-- What waits within windows, summed up by window, with the events themselves: they are charged by these keys, so that
-- what comes meanwhile waits for the next run. A window may have several spans, which do not overlap.
-- Params: numbers, subscriptions, meters, firsts, untils (arrays of one length, a span each)
SELECT n.number, count(*)::int, sum(e.quantity), max(e.quantity), array_agg(e.id)::text
  FROM unnest(%(numbers)s::int[], %(subscriptions)s::bigint[], %(meters)s::text[], %(firsts)s::timestamptz[],
              %(untils)s::timestamptz[]) AS n(number, subscription_id, meter, first, until)
  JOIN usage_waiting w ON w.subscription_id = n.subscription_id
  JOIN usage_event e ON e.id = w.event_id AND e.meter = n.meter
   AND e.occurred_at >= n.first AND e.occurred_at < n.until
 GROUP BY n.number
