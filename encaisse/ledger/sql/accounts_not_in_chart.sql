-- The accounts that these invoices would be posted to and that the chart does not have.
-- When every product and every tax has its account, which is the rule, no line is read at all. The keys are joined, for
-- of keys in a list the planner would ask one by one how frequent they are.
-- Params: invoice_ids, receivable, waiting
WITH strange_product AS MATERIALIZED (
    SELECT p.id, p.revenue_account AS code FROM catalog_product p
     WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = p.revenue_account)
), strange_tax AS MATERIALIZED (
    SELECT c.tax_id, c.position, c.account AS code FROM tax_component c
     WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = c.account)
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
 WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = %(receivable)s)
 UNION
SELECT %(waiting)s::text
 WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = %(waiting)s)
   AND EXISTS (SELECT FROM invoice_invoicetax t
                WHERE t.deferred_minor <> 0 AND t.invoice_id IN (SELECT unnest(%(invoice_ids)s::bigint[])))
 ORDER BY 1
