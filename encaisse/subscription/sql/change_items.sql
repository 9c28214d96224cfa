-- Items become what the rows say, from their next period on; what is billed is never billed again.
-- May be repeated.
-- Params: rows (JSON, the columns of an item)
UPDATE subscription_item i
   SET offer_id = n.offer_id, price_version_id = n.price_version_id, quantity = n.quantity,
       unit_price = n.unit_price, discount_percent = n.discount_percent,
       billed_through = greatest(i.billed_through, n.billed_through)
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(
       id bigint, offer_id bigint, price_version_id bigint, quantity numeric, unit_price numeric,
       discount_percent numeric, billed_through date)
 WHERE i.id = n.id
