-- Segments of usage offers that go on both sides of the first instant of a day, read and not locked, as
-- `usage_items.sql` reads those that are due.
-- Params: legal_entity_id, after
SELECT i.id, i.subscription_id, i.position, i.account_id, a.customer_id, a.currency, l.timezone, c.language,
       o.id, o.code, o.product_id, CASE c.language WHEN 'en' THEN o.name_en ELSE o.name_fr END, o.meter,
       o.aggregation, o.period_unit, o.period_count, o.proration = 'day', i.anchor_date, i.starts_on, i.ends_on,
       least(i.ends_on, s.end_date), i.billed_through, i.unit_price, i.discount_percent, i.discount_amount,
       i.discount_reason, CASE WHEN s.account_id = i.account_id THEN s.buyer_reference_id END, NULL::timestamptz
  FROM subscription_item i
  JOIN subscription_subscription s ON s.id = i.subscription_id
  JOIN party_billingaccount a ON a.id = i.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN party_legalentity l ON l.id = a.legal_entity_id
  JOIN catalog_offer o ON o.id = i.offer_id
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND a.state = 'active'
   AND s.state <> 'withdrawn'
   AND o.kind = 'usage'
   AND i.starts_on < %(after)s
   AND coalesce(least(i.ends_on, s.end_date), 'infinity') > %(after)s
 ORDER BY i.account_id, i.subscription_id, i.position, i.starts_on
