-- What each of some events is worth, by window, for prices that are owed by transaction.
-- Params: numbers, events (arrays of one length; each of the events an array)
SELECT n.number, e.quantity
  FROM unnest(%(numbers)s::int[], %(events)s::text[]) AS n(number, events)
 CROSS JOIN unnest(n.events::bigint[]) AS k(event_id)
  JOIN usage_event e ON e.id = k.event_id
