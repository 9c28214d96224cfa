-- What late usage gives back of the minimum of a period is never more than what completed it.
SELECT item_id AS item, period_from, period_to, sum(amount) AS completed
  FROM charge_charge
 WHERE kind = 'minimum' OR kind = 'credit' AND origin_key IS NOT NULL
 GROUP BY item_id, period_from, period_to
HAVING sum(amount) < 0
