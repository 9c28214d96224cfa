-- Segments end, and are billed through a later day, as the rows say. May be repeated.
-- Params: rows (JSON: id, ends_on, closed_by_id, billed_through)
UPDATE subscription_item i
   SET ends_on = n.ends_on, closed_by_id = n.closed_by_id,
       billed_through = greatest(i.billed_through, n.billed_through)
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(
       id bigint, ends_on date, closed_by_id bigint, billed_through date)
 WHERE i.id = n.id
