-- The segments of recurring offers that an event ended although they are billed further, with the first day from which
-- they are charged here.
-- Params: event_id
SELECT i.ends_on, i.billed_through, o.period_unit, o.period_count, i.anchor_date, o.proration = 'day',
       (SELECT min(h.period_from) FROM charge_charge h
         WHERE h.item_id = i.id AND h.kind = 'recurring' AND h.period_to > i.ends_on)
  FROM subscription_item i
  JOIN catalog_offer o ON o.id = i.offer_id
 WHERE i.subscription_id = (SELECT subscription_id FROM subscription_event WHERE id = %(event_id)s)
   AND i.closed_by_id = %(event_id)s AND o.kind = 'recurring' AND i.billed_through > i.ends_on
