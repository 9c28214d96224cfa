-- What is given back of a period lies within its charge, each day once, and never comes to more.
-- Of a minimum, late usage gives back too, under an origin key: see invariant_minimums_are_never_given_back_twice.
SELECT k.item_id AS item, h.id AS charge, h.unit_price, sum(k.unit_price) AS credited
  FROM charge_charge k
  LEFT JOIN charge_charge h
    ON h.item_id = k.item_id AND h.kind = 'recurring'
   AND k.period_from >= h.period_from AND k.period_to <= h.period_to
 WHERE k.kind = 'credit' AND k.origin_key IS NULL
 GROUP BY k.item_id, h.id
HAVING h.id IS NULL OR sum(k.unit_price) > h.unit_price OR min(k.unit_price) < 0
    OR bool_or((k.account_id, k.product_id, k.currency, k.quantity) IS DISTINCT FROM
               (h.account_id, h.product_id, h.currency, -h.quantity))
    OR sum(k.period_to - k.period_from) > h.period_to - min(k.period_from)
