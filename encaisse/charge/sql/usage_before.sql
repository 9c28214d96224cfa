-- What was charged within windows before, how many members there are with the events taken now, and the first charge.
-- Params: numbers, subscriptions, meters, firsts, untils (arrays, a span each), events (an array of arrays)
WITH spans AS (
     SELECT * FROM unnest(%(numbers)s::int[], %(subscriptions)s::bigint[], %(meters)s::text[],
                          %(firsts)s::timestamptz[], %(untils)s::timestamptz[])
            AS n(number, subscription_id, meter, first, until)
), taken AS (
     SELECT unnest(n.events::bigint[]) AS event_id
       FROM unnest(%(events)s::text[]) AS n(events)
)
SELECT n.number, count(u.event_id)::int, coalesce(sum(e.quantity) FILTER (WHERE u.event_id IS NOT NULL), 0),
       coalesce(max(e.quantity) FILTER (WHERE u.event_id IS NOT NULL), 0),
       (count(DISTINCT e.member) FILTER (WHERE u.event_id IS NOT NULL))::int, count(DISTINCT e.member)::int,
       min(u.charge_id)
  FROM spans n
  JOIN usage_event e ON e.subscription_id = n.subscription_id AND e.meter = n.meter
   AND e.occurred_at >= n.first AND e.occurred_at < n.until
  LEFT JOIN charge_chargeusage u ON u.event_id = e.id
  LEFT JOIN taken t ON t.event_id = e.id
 WHERE u.event_id IS NOT NULL OR t.event_id IS NOT NULL
 GROUP BY n.number
