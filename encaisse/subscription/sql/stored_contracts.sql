-- What is stored under these references, each with its first item.
-- Params: references
SELECT s.reference, s.id, s.content_hash, s.state, a.reference, s.start_date, s.end_date,
       i.id, o.code, i.offer_id, i.price_version_id,
       o.period_count * CASE o.period_unit WHEN 'year' THEN 12 ELSE 1 END, o.timing,
       i.quantity, i.unit_price, i.discount_percent, i.billed_through
  FROM subscription_subscription s
  JOIN party_billingaccount a ON a.id = s.account_id
  JOIN subscription_item i ON i.subscription_id = s.id AND i.position = 1
  JOIN catalog_offer o ON o.id = i.offer_id
 WHERE s.reference = ANY(%(references)s)
