-- The accounts that these invoices would be posted to on that day and that the chart does not have, or has closed.
-- When every product and every tax has its account, which is the rule, no line is read at all. The keys are joined, for
-- of keys in a list the planner would ask one by one how frequent they are.
-- Params: invoice_ids, date, receivable, waiting
WITH strange_product AS MATERIALIZED (
    SELECT p.id, p.code
      FROM (SELECT id, ledger_revenue_account(id, revenue_account, %(date)s) AS code FROM catalog_product) p
     WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = p.code AND NOT a.is_closed)
), strange_tax AS MATERIALIZED (
    SELECT c.tax_id, c.position, c.code
      FROM (SELECT tax_id, position, ledger_tax_account(id, account, %(date)s) AS code FROM tax_component) c
     WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = c.code AND NOT a.is_closed)
)
SELECT s.code FROM strange_product s
 WHERE EXISTS (SELECT FROM invoice_line l WHERE l.product_id = s.id AND l.invoice_id IN (SELECT unnest(%(invoice_ids)s::bigint[])))
 UNION
SELECT s.code FROM strange_tax s
 WHERE EXISTS (SELECT FROM invoice_invoicetax t
                WHERE (t.tax_id, t.component) = (s.tax_id, s.position) AND t.acc_tax_minor <> 0
                  AND t.invoice_id IN (SELECT unnest(%(invoice_ids)s::bigint[])))
 UNION
SELECT %(receivable)s::text
 WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = %(receivable)s AND NOT a.is_closed)
 UNION
SELECT %(waiting)s::text
 WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = %(waiting)s AND NOT a.is_closed)
   AND EXISTS (SELECT FROM invoice_invoicetax t
                WHERE t.deferred_minor <> 0 AND t.invoice_id IN (SELECT unnest(%(invoice_ids)s::bigint[])))
 ORDER BY 1
