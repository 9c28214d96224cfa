-- Items are billed through the end of the last period charged, unless one changed since it was read.
-- The bounds spare reading the items of everybody.
-- Params: items, was, ends, through (arrays of one length)
UPDATE subscription_item i
   SET billed_through = n.through
  FROM unnest(%(items)s::bigint[], %(was)s::date[], %(ends)s::date[], %(through)s::date[])
       AS n(id, was, ends_on, through)
 WHERE i.id = n.id AND i.billed_through = n.was AND i.ends_on IS NOT DISTINCT FROM n.ends_on
   AND i.id BETWEEN (SELECT min(id) FROM unnest(%(items)s::bigint[]) AS given(id))
                AND (SELECT max(id) FROM unnest(%(items)s::bigint[]) AS given(id))
