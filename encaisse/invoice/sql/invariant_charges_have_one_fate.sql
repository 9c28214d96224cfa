-- Each charge has one fate at most: it is on one invoice, voided, dropped, or open.
SELECT charge_id AS charge, count(*) AS fates FROM billing_claim GROUP BY charge_id HAVING count(*) > 1
