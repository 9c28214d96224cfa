-- What the documents of a run bill, by offer (0: none), by product, by tax and in all. Discounts of whole documents
-- stand as offer and product -1.
-- Each tax of a document is shared among what bears it by rounding running sums, so that its parts add up to it.
-- Params: run_id, accounts (null: all)
WITH documents AS MATERIALIZED (
    SELECT id, currency FROM invoice_invoice
     WHERE run_id = %(run_id)s AND state <> 'cancelled'
       AND (%(accounts)s::bigint[] IS NULL OR account_id = ANY(%(accounts)s::bigint[]))
), parts AS MATERIALIZED (
    SELECT d.id AS invoice, d.currency, l.id AS line, k.charge_id AS part, coalesce(i.offer_id, 0) AS offer, l.product_id AS product,
           l.tax_id AS tax, coalesce(k.share_minor, l.net_minor) AS net
      FROM documents d
      JOIN invoice_line l ON l.invoice_id = d.id
      LEFT JOIN billing_claim k ON k.line = l.id
      LEFT JOIN charge_charge h ON h.id = k.charge_id
      LEFT JOIN subscription_item i ON i.id = h.item_id
     UNION ALL
    SELECT d.id, d.currency, NULL, -a.position, -1, -1, a.tax_id, -a.amount_minor
      FROM documents d JOIN invoice_allowance a ON a.invoice_id = d.id
), taxed AS (
    SELECT p.invoice, p.part, p.line,
           round(t.tax_minor::numeric * sum(p.net) OVER running / nullif(t.base_minor, 0))
               - round(t.tax_minor::numeric * (sum(p.net) OVER running - p.net) / nullif(t.base_minor, 0)) AS tax_minor
      FROM parts p
      JOIN tax_tax x ON x.id = p.tax
      JOIN tax_component c ON c.tax_id = x.id
      JOIN invoice_invoicetax t
        ON t.invoice_id = p.invoice AND t.kind = c.kind AND t.category = x.category AND t.rate = c.rate
    WINDOW running AS (PARTITION BY p.invoice, t.position ORDER BY p.line NULLS LAST, p.part)
), whole AS (
    SELECT p.*, coalesce(s.tax_minor, 0) AS tax_minor
      FROM parts p
      LEFT JOIN (SELECT invoice, line, part, sum(tax_minor) AS tax_minor FROM taxed GROUP BY 1, 2, 3) s
        ON s.invoice = p.invoice AND s.line IS NOT DISTINCT FROM p.line AND s.part IS NOT DISTINCT FROM p.part
)
SELECT CASE WHEN GROUPING(offer) = 0 THEN 'offer' WHEN GROUPING(product) = 0 THEN 'product'
            WHEN GROUPING(tax) = 0 THEN 'tax' ELSE 'total' END AS cut,
       coalesce(offer, product, tax) AS key, currency,
       count(DISTINCT invoice), count(DISTINCT line), sum(net)::bigint, sum(tax_minor)::bigint
  FROM whole
 GROUP BY GROUPING SETS ((offer, currency), (product, currency), (tax, currency), (currency))
 ORDER BY currency, sum(net) DESC, key
