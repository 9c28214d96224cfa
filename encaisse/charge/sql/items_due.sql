-- The items of a part of a chunk whose next period may be due before the cut-off, with what rating needs.
-- Params: legal_entity_id, first_account, last_account, accounts (null: all), cutoff_date
SELECT i.id, i.account_id, o.product_id, CASE c.language WHEN 'en' THEN o.name_en ELSE o.name_fr END,
       a.currency, i.quantity, coalesce(i.unit_price, v.unit_price), i.discount_percent, i.anchor_date,
       o.period_unit, o.period_count, o.timing, i.billed_through, least(i.ends_on, s.end_date)
  FROM subscription_item i
  JOIN subscription_subscription s ON s.id = i.subscription_id
  JOIN party_billingaccount a ON a.id = i.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN catalog_offer o ON o.id = i.offer_id
  JOIN LATERAL (
       SELECT p.unit_price FROM catalog_priceversion p
        WHERE p.offer_id = i.offer_id AND p.currency = a.currency AND p.customer_id IS NULL
        ORDER BY p.valid_from > i.billed_through, p.valid_from DESC LIMIT 1) v ON true
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND i.account_id BETWEEN %(first_account)s AND %(last_account)s
   AND (%(accounts)s::bigint[] IS NULL OR i.account_id = ANY(%(accounts)s::bigint[]))
   AND a.state = 'active'
   AND s.state IN ('active', 'suspended')
   AND o.kind = 'recurring'
   AND i.billed_through < %(cutoff_date)s
   AND i.billed_through < coalesce(least(i.ends_on, s.end_date), 'infinity')
 ORDER BY i.account_id, i.id
