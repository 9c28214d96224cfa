-- What contracts count, and when: a row each time a contract holds a meter, and one without for a contract that
-- holds none. Of one legal entity, or of any when it is null.
-- Params: references, legal_entity_id
SELECT s.reference, s.id, l.timezone, o.meter, o.aggregation, i.starts_on,
       least(i.ends_on, s.end_date)
  FROM subscription_subscription s
  JOIN party_billingaccount a ON a.id = s.account_id
  JOIN party_legalentity l ON l.id = a.legal_entity_id
  LEFT JOIN (subscription_item i JOIN catalog_offer o ON o.id = i.offer_id AND o.kind = 'usage')
    ON i.subscription_id = s.id AND s.state <> 'waiting' AND i.starts_on < coalesce(i.ends_on, 'infinity')
 WHERE s.reference = ANY(%(references)s)
   AND s.state <> 'withdrawn'
   AND (%(legal_entity_id)s::bigint IS NULL OR l.id = %(legal_entity_id)s)
