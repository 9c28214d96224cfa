-- Three open charges an account: two products of one tax class, one of another.
-- Params: day, products (array of three)
INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                           discount_percent, billable_on)
SELECT a.id, (%(products)s::bigint[])[n], 'manual', 'Abonnement ' || n, 'EUR', n, 19.99 + n, n * (19.99 + n), 0, %(day)s
  FROM party_billingaccount a CROSS JOIN generate_series(1, 3) n
 ORDER BY a.id, n
