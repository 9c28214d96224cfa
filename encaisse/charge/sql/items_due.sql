-- The items of a part of a chunk whose next period may be due before the cut-off. What rating needs of them stands
-- last, in the order of `operations.due_items.Shape`: it is the same text for all items that are rated alike.
-- What is owed once is due while nothing of it is billed. A contract's order reference is its present account's.
-- Params: legal_entity_id, first_account, last_account, accounts (null: all), cutoff_date
SELECT i.id AS item_id, i.account_id, a.customer_id,
       CASE WHEN s.account_id = i.account_id THEN s.buyer_reference_id END AS buyer_reference_id,
       o.id AS offer_id, o.code AS offer, o.product_id, c.language,
       CASE c.language WHEN 'en' THEN o.name_en ELSE o.name_fr END AS label, o.kind = 'one_shot' AS is_one_shot,
       a.currency, i.quantity, i.unit_price, i.discount_percent, i.discount_amount, i.discount_reason,
       o.period_unit, o.period_count, o.timing, o.proration = 'day' AS is_prorated, i.anchor_date, i.billed_through,
       i.ends_on, least(i.ends_on, s.end_date) AS until
  FROM subscription_item i
  JOIN subscription_subscription s ON s.id = i.subscription_id
  JOIN party_billingaccount a ON a.id = i.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN catalog_offer o ON o.id = i.offer_id
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND i.account_id BETWEEN %(first_account)s AND %(last_account)s
   AND (%(accounts)s::bigint[] IS NULL OR i.account_id = ANY(%(accounts)s::bigint[]))
   AND a.state = 'active'
   AND s.state IN ('active', 'suspended')
   AND (o.kind = 'recurring' OR o.kind = 'one_shot' AND i.billed_through = i.starts_on)
   AND i.billed_through < %(cutoff_date)s
   AND i.billed_through < coalesce(least(i.ends_on, s.end_date), 'infinity')
 ORDER BY i.account_id, i.id
