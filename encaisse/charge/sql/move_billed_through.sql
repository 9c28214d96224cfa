-- Items are billed through the end of the last period charged, unless one changed since it was read. Few moves differ,
-- and each item names its own, counted from 1. The bounds spare reading the items of everybody.
-- Params: items, by (arrays of one length), was, ends, through (arrays of one length)
UPDATE subscription_item i
   SET billed_through = n.through
  FROM unnest(%(items)s::bigint[], %(by)s::bigint[]) AS m(id, move)
  JOIN unnest(%(was)s::date[], %(ends)s::date[], %(through)s::date[]) WITH ORDINALITY
       AS n(was, ends_on, through, move) ON n.move = m.move
 WHERE i.id = m.id AND i.billed_through = n.was AND i.ends_on IS NOT DISTINCT FROM n.ends_on
   AND i.id BETWEEN (SELECT min(id) FROM unnest(%(items)s::bigint[]) AS given(id))
                AND (SELECT max(id) FROM unnest(%(items)s::bigint[]) AS given(id))
