-- So many open charges an account, of the products in turn: two of one tax class, one of another.
-- Params: day, products (array of three), count
INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                           discount_percent, billable_on)
SELECT a.id, (%(products)s::bigint[])[mod(n - 1, 3) + 1], 'manual', 'Abonnement ' || n, 'EUR', n, 19.99 + n,
       n * (19.99 + n), 0, %(day)s
  FROM party_billingaccount a CROSS JOIN generate_series(1, %(count)s) n
 ORDER BY a.id, n
