-- Contracts whose end has come and whose segments are all charged to their ends are over. Usage may still come in for
-- 92 days: contracts that count some wait as long.
-- Params: on
UPDATE subscription_subscription s
   SET state = 'ended'
 WHERE s.state IN ('active', 'suspended')
   AND s.end_date <= %(on)s
   AND NOT EXISTS (
       SELECT FROM subscription_item i
         JOIN catalog_offer o ON o.id = i.offer_id
        WHERE i.subscription_id = s.id
          AND i.starts_on < least(i.ends_on, s.end_date)
          AND (o.kind = 'usage' AND s.end_date > %(on)s::date - 92
               OR o.kind = 'one_shot' AND i.billed_through = i.starts_on
               OR o.kind <> 'one_shot' AND i.billed_through < least(i.ends_on, s.end_date)))
RETURNING s.id
