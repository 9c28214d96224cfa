-- The recurring charges of the segments that an event ended which reach beyond their ends and were not reversed, with
-- the day until which each is kept: its own end, or the first day that was given back already.
-- Params: event_id
SELECT h.id, h.item_id, h.account_id, h.product_id, c.language,
       CASE c.language WHEN 'en' THEN o.name_en ELSE o.name_fr END, h.currency, h.quantity, h.unit_price,
       h.discount_percent, h.discount_amount, h.discount_reason, h.period_from, h.period_to, h.billable_on,
       h.price_version_id, h.buyer_reference_id, i.ends_on, o.id, i.quantity, i.unit_price, i.discount_amount,
       o.period_unit, o.period_count, i.anchor_date, o.proration = 'day',
       coalesce((SELECT min(k.period_from) FROM charge_charge k
                  WHERE k.item_id = h.item_id AND k.kind = 'credit'
                    AND k.period_from >= h.period_from AND k.period_from < h.period_to), h.period_to)
  FROM subscription_item i
  JOIN catalog_offer o ON o.id = i.offer_id
  JOIN charge_charge h ON h.item_id = i.id AND h.kind = 'recurring' AND h.period_to > i.ends_on
  JOIN party_billingaccount a ON a.id = h.account_id
  JOIN party_customer c ON c.id = a.customer_id
 WHERE i.subscription_id = (SELECT subscription_id FROM subscription_event WHERE id = %(event_id)s)
   AND i.closed_by_id = %(event_id)s
   AND NOT EXISTS (SELECT FROM charge_charge r WHERE r.reverses_id = h.id)
 ORDER BY h.id
