-- Lines as `rules.rows.LineRow`.
-- Params: ids
SELECT l.id, l.invoice_id, l.position, l.product_id, l.tax_id, l.label, l.quantity, l.unit_price,
       l.discount_percent, l.gross_minor, l.discount_minor, l.net_minor, l.acc_net_minor,
       l.period_from, l.period_to, l.discount_reason, l.corrects_line
  FROM invoice_line l
 WHERE l.invoice_id = ANY(%(ids)s::bigint[])
 ORDER BY l.invoice_id, l.position
