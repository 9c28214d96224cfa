-- A contract for each account, which holds one to five of each offer since one of 28 days before the first: 420 shapes
-- of items for the three offers, so that no rating is remembered which a real portfolio would have to compute.
-- Params: first_day, offers (array)
WITH held AS (
    INSERT INTO subscription_subscription (reference, account_id, state, start_date, notice_days, renewal, content_hash)
    SELECT reference, id, 'active', %(first_day)s::date - mod(id, 28)::int, 0, 'none', ''
      FROM party_billingaccount ORDER BY id
 RETURNING id, account_id, start_date
)
INSERT INTO subscription_item (subscription_id, account_id, offer_id, position, quantity, discount_percent,
                               discount_reason, starts_on, anchor_date, billed_through)
SELECT h.id, h.account_id, o.id, o.position, 1 + mod(h.account_id, 5), 0, '', h.start_date, h.start_date, h.start_date
  FROM held h CROSS JOIN unnest(%(offers)s::bigint[]) WITH ORDINALITY AS o(id, position)
 ORDER BY h.account_id, o.position
