-- The reversal of a charge is its mirror, on the same account.
SELECT r.id AS charge, r.reverses_id AS reverses, r.amount, h.amount AS reversed_amount
  FROM charge_charge r
  JOIN charge_charge h ON h.id = r.reverses_id
 WHERE (r.account_id, r.product_id, r.currency, r.amount, r.discount_percent)
       IS DISTINCT FROM (h.account_id, h.product_id, h.currency, -h.amount, h.discount_percent)
