-- What the contracts of customers, by their codes, count, and when: as `meters_held`, each with its customer's code.
-- Params: customers, legal_entity_id
SELECT a.reference, s.reference, l.timezone, o.meter, o.aggregation, i.starts_on, least(i.ends_on, s.end_date)
  FROM party_billingaccount a
  JOIN party_legalentity l ON l.id = a.legal_entity_id
  JOIN subscription_subscription s ON s.account_id = a.id AND s.state <> 'withdrawn'
  LEFT JOIN (subscription_item i JOIN catalog_offer o ON o.id = i.offer_id AND o.kind = 'usage')
    ON i.subscription_id = s.id AND s.state <> 'waiting' AND i.starts_on < coalesce(i.ends_on, 'infinity')
 WHERE a.reference = ANY(%(customers)s)
   AND (%(legal_entity_id)s::bigint IS NULL OR l.id = %(legal_entity_id)s)
