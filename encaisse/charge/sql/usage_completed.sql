-- What was charged of some periods before: of usage, of what completes it to a minimum or gives that back, and how
-- many charges the latter are.
-- Params: items, firsts, untils (arrays of one length)
SELECT n.item_id, n.first, coalesce(sum(h.amount) FILTER (WHERE h.kind = 'usage'), 0),
       coalesce(sum(h.amount) FILTER (WHERE h.kind <> 'usage'), 0), count(h.id) FILTER (WHERE h.kind <> 'usage')
  FROM unnest(%(items)s::bigint[], %(firsts)s::date[], %(untils)s::date[]) AS n(item_id, first, until)
  LEFT JOIN charge_charge h ON h.item_id = n.item_id AND h.kind IN ('usage', 'minimum', 'credit')
   AND h.period_from >= n.first AND h.period_to <= n.until
 GROUP BY n.item_id, n.first
