-- Items are billed through the end of the last period charged; never backwards.
-- Params: items, dates (arrays of one length)
UPDATE subscription_item i
   SET billed_through = n.billed_through
  FROM unnest(%(items)s::bigint[], %(dates)s::date[]) AS n(id, billed_through)
 WHERE i.id = n.id AND i.billed_through < n.billed_through
