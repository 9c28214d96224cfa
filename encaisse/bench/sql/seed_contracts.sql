-- A contract for each account, which holds one of each offer since the first day.
-- Params: first_day, offers (array)
WITH held AS (
    INSERT INTO subscription_subscription (reference, account_id, state, start_date, notice_days, renewal, content_hash)
    SELECT reference, id, 'active', %(first_day)s, 0, 'none', '' FROM party_billingaccount ORDER BY id
 RETURNING id, account_id
)
INSERT INTO subscription_item (subscription_id, account_id, offer_id, position, quantity, discount_percent,
                               discount_reason, starts_on, anchor_date, billed_through)
SELECT h.id, h.account_id, o.id, o.position, 1, 0, '', %(first_day)s, %(first_day)s, %(first_day)s
  FROM held h CROSS JOIN unnest(%(offers)s::bigint[]) WITH ORDINALITY AS o(id, position)
 ORDER BY h.account_id, o.position
