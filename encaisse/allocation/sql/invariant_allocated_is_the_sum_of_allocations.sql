-- What is used of a payment is the sum of its allocations and of what deposits hold of it, within its amount.
-- Nothing once it was returned.
SELECT p.id AS payment, p.allocated_minor, coalesce(a.laid_minor, 0) AS laid_minor, p.amount_minor, p.state
  FROM payment_payment p
  LEFT JOIN (SELECT payment_id, sum(amount_minor) AS laid_minor
               FROM (SELECT payment_id, amount_minor FROM allocation_allocation WHERE payment_id IS NOT NULL
                      UNION ALL
                     SELECT payment_id, amount_minor FROM deposit_movement WHERE payment_id IS NOT NULL) used
              GROUP BY payment_id) a ON a.payment_id = p.id
 WHERE p.allocated_minor <> coalesce(a.laid_minor, 0)
    OR p.allocated_minor NOT BETWEEN 0 AND CASE p.state WHEN 'returned' THEN 0 ELSE p.amount_minor END
