-- The items of a part of a chunk whose next period may be due before the cut-off, with what rating needs.
-- Params: legal_entity_id, first_account, last_account, cutoff_date
SELECT i.id, s.account_id, o.product_id, CASE c.language WHEN 'en' THEN o.name_en ELSE o.name_fr END,
       v.currency, i.quantity, i.unit_price, i.discount_percent, s.start_date, s.end_date,
       o.period_count * CASE o.period_unit WHEN 'year' THEN 12 ELSE 1 END, o.timing, i.billed_through
  FROM subscription_item i
  JOIN subscription_subscription s ON s.id = i.subscription_id
  JOIN party_billingaccount a ON a.id = s.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN catalog_offer o ON o.id = i.offer_id
  JOIN catalog_priceversion v ON v.id = i.price_version_id
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND a.id BETWEEN %(first_account)s AND %(last_account)s
   AND a.state = 'active'
   AND s.state = 'active'
   AND i.billed_through < %(cutoff_date)s
   AND (s.end_date IS NULL OR i.billed_through < s.end_date)
 ORDER BY s.account_id, i.id
