-- A contract of each account of a legal entity, which holds each of some offers since a day.
-- Params: legal_entity_id, day, offers
WITH contract AS (
    INSERT INTO subscription_subscription (reference, account_id, state, start_date, notice_days, renewal, content_hash)
    SELECT a.reference, a.id, 'active', %(day)s, 0, 'none', ''
      FROM party_billingaccount a
     WHERE a.legal_entity_id = %(legal_entity_id)s
     ORDER BY a.id
 RETURNING id, account_id
)
INSERT INTO subscription_item (subscription_id, account_id, position, offer_id, quantity, discount_percent,
                               discount_reason, starts_on, anchor_date, billed_through)
SELECT c.id, c.account_id, o.position, o.id, 1, 0, '', %(day)s, %(day)s, %(day)s
  FROM contract c CROSS JOIN unnest(%(offers)s::bigint[]) WITH ORDINALITY AS o(id, position)
 ORDER BY c.account_id, o.position
