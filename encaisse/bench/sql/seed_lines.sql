-- One line of each document.
-- Params: product_id, tax_id
INSERT INTO invoice_line (invoice_id, position, product_id, tax_id, label, quantity, unit_price, discount_percent,
                          gross_minor, discount_minor, net_minor, acc_net_minor, period_from, period_to)
SELECT id, 1, %(product_id)s, %(tax_id)s, 'Abonnement', sign(net_minor), abs(net_minor) / 100.0, 0,
       net_minor, 0, net_minor, net_minor, period_from, period_to
  FROM invoice_invoice
 ORDER BY id
