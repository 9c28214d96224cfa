-- What may have usage to rate: segments of usage offers of a part of a chunk, locked, whose next period may have ended
-- by the cut-off, or that count the meter of an event that waits, with the first of these. A contract's order
-- reference is its present account's.
-- Params: legal_entity_id, first_account, last_account, accounts (null: all), cutoff_date
SELECT i.id, i.subscription_id, i.position, i.account_id, a.customer_id, a.currency, l.timezone, c.language,
       o.id, o.code, o.product_id, CASE c.language WHEN 'en' THEN o.name_en ELSE o.name_fr END, o.meter,
       o.aggregation, o.period_unit, o.period_count, o.proration = 'day', i.anchor_date, i.starts_on, i.ends_on,
       least(i.ends_on, s.end_date), i.billed_through, i.unit_price, i.discount_percent, i.discount_amount,
       i.discount_reason, CASE WHEN s.account_id = i.account_id THEN s.buyer_reference_id END, w.earliest
  FROM subscription_item i
  JOIN subscription_subscription s ON s.id = i.subscription_id
  JOIN party_billingaccount a ON a.id = i.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN party_legalentity l ON l.id = a.legal_entity_id
  JOIN catalog_offer o ON o.id = i.offer_id
  LEFT JOIN (
        SELECT w.subscription_id, e.meter, min(e.occurred_at) AS earliest
          FROM usage_waiting w
          JOIN usage_event e ON e.id = w.event_id
         WHERE w.subscription_id IN (
               SELECT x.subscription_id FROM subscription_item x
                WHERE x.account_id BETWEEN %(first_account)s AND %(last_account)s)
         GROUP BY w.subscription_id, e.meter
       ) w ON w.subscription_id = i.subscription_id AND w.meter = o.meter
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND i.account_id BETWEEN %(first_account)s AND %(last_account)s
   AND (%(accounts)s::bigint[] IS NULL OR i.account_id = ANY(%(accounts)s::bigint[]))
   AND a.state = 'active'
   AND s.state NOT IN ('waiting', 'withdrawn')
   AND o.kind = 'usage'
   AND i.starts_on < coalesce(least(i.ends_on, s.end_date), 'infinity')
   AND (w.earliest IS NOT NULL
        OR i.billed_through < least(%(cutoff_date)s::date, i.ends_on, s.end_date))
 ORDER BY i.account_id, i.subscription_id, i.position, i.starts_on
   FOR NO KEY UPDATE OF i
