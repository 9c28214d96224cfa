-- One entry of the sales journal for each invoice of the set, with its postings: what the customer owes, the sales
-- by account, the taxes by account. Debit is positive. A credit note is negative, so its entry is the mirror image.
-- A discount of the document is no account's own: it lowers the sales of the lines of its tax, in proportion to what
-- these come to, by the largest remainder. Source: PCG art. 947-70, reductions on the invoice itself are not booked.
-- Sales are posted even when zero, so that an invoice of nothing has its two postings; taxes are not.
-- An invoice has one entry at most (entry_once_per_invoice): posting it twice is refused. No test of the state here:
-- entry_balances refuses what is not issued at commit, and the planner would take "approved" for next to no rows. Nor a
-- list of keys: of each the planner would ask how frequent it is, and of the product of both it would expect one row.
-- What the taxes come to by rate is kept too (ledger_vatsum).
-- OFFSET 0 has every document, line and tax looked up by key: joined otherwise, all that were ever made would be read.
-- Params: invoice_ids, date, receivable, waiting
WITH chosen AS MATERIALIZED (
    SELECT i.id, i.kind, i.legal_entity_id, i.account_id, i.acc_gross_minor, i.gross_minor, i.allowance_minor,
           CASE WHEN i.currency <> i.accounting_currency THEN i.currency END AS foreign_currency
      FROM unnest(%(invoice_ids)s::bigint[]) AS given(id)
     CROSS JOIN LATERAL (SELECT * FROM invoice_invoice WHERE id = given.id OFFSET 0) i
), levied AS MATERIALIZED (
    SELECT tax_id, position, ledger_tax_account(id, account, %(date)s) AS account FROM tax_component
), income AS MATERIALIZED (
    SELECT id, ledger_revenue_account(id, revenue_account, %(date)s) AS account FROM catalog_product
), entry AS (
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT legal_entity_id, 'VE', 'invoice', %(date)s, id FROM chosen ORDER BY id
 RETURNING id, invoice_id
), owed AS (
    SELECT c.id AS invoice_id, 1 AS rank, %(receivable)s AS code, c.account_id AS billing_account_id,
           c.acc_gross_minor AS amount_minor, c.gross_minor AS foreign_minor
      FROM chosen c
), discounted AS (
    SELECT d.invoice_id, d.tax_id, side.is_acc, side.amount_minor, p.account,
           greatest(sum(l.net_minor) * sign(side.amount_minor), 0) AS weight
      FROM (SELECT a.invoice_id, a.tax_id, sum(a.amount_minor) AS amount_minor, sum(a.acc_amount_minor) AS acc_amount_minor
              FROM chosen c JOIN invoice_allowance a ON a.invoice_id = c.id
             WHERE c.allowance_minor <> 0
             GROUP BY a.invoice_id, a.tax_id) d
     CROSS JOIN LATERAL (VALUES (false, d.amount_minor), (true, d.acc_amount_minor)) side (is_acc, amount_minor)
      JOIN invoice_line l ON (l.invoice_id, l.tax_id) = (d.invoice_id, d.tax_id)
      JOIN income p ON p.id = l.product_id
     GROUP BY d.invoice_id, d.tax_id, side.is_acc, side.amount_minor, p.account
), spread AS (
    SELECT *, div(abs(amount_minor) * weight, whole) AS part, mod(abs(amount_minor) * weight, whole) AS remainder
      FROM (SELECT *, sum(weight) OVER (PARTITION BY invoice_id, tax_id, is_acc) AS whole FROM discounted) d
     WHERE whole <> 0
), taken AS (
    SELECT invoice_id, account, is_acc,
           sign(amount_minor) * (part + CASE WHEN row_number() OVER by_remainder <= abs(amount_minor) - sum(part) OVER of_tax
                                             THEN 1 ELSE 0 END) AS amount_minor
      FROM spread
    WINDOW of_tax AS (PARTITION BY invoice_id, tax_id, is_acc),
           by_remainder AS (PARTITION BY invoice_id, tax_id, is_acc ORDER BY remainder DESC, account)
), sold AS (
    SELECT invoice_id, 2, account, NULL::bigint, -sum(acc_net_minor)::bigint, -sum(net_minor)::bigint
      FROM (SELECT l.invoice_id, p.account, l.acc_net_minor, l.net_minor
              FROM chosen c
             CROSS JOIN LATERAL (SELECT * FROM invoice_line WHERE invoice_id = c.id OFFSET 0) l
              JOIN income p ON p.id = l.product_id
             UNION ALL
            SELECT invoice_id, account, CASE WHEN is_acc THEN -amount_minor::bigint ELSE 0 END,
                   CASE WHEN is_acc THEN 0 ELSE -amount_minor::bigint END
              FROM taken) s
     GROUP BY invoice_id, account
), tax AS MATERIALIZED (
    SELECT t.invoice_id, c.kind AS source, c.legal_entity_id, k.account, t.kind, t.category, t.rate, t.base_minor,
           t.tax_minor, t.acc_tax_minor, t.deferred_minor,
           CASE t.deferred_minor WHEN 0 THEN 0
                ELSE ledger_share(t.acc_tax_minor, t.deferred_minor, t.tax_minor) END AS acc_deferred_minor
      FROM chosen c
     CROSS JOIN LATERAL (SELECT * FROM invoice_invoicetax WHERE invoice_id = c.id OFFSET 0) t
      JOIN levied k ON (k.tax_id, k.position) = (t.tax_id, t.component)
), taxed AS (
    SELECT invoice_id, 3, account, NULL::bigint, -sum(acc_tax_minor - acc_deferred_minor)::bigint,
           -sum(tax_minor - deferred_minor)::bigint
      FROM tax
     GROUP BY invoice_id, account
    HAVING sum(tax_minor - deferred_minor) <> 0
), deferred AS (
    SELECT invoice_id, 3, %(waiting)s, NULL::bigint, -sum(acc_deferred_minor)::bigint, -sum(deferred_minor)::bigint
      FROM tax
     WHERE deferred_minor <> 0
     GROUP BY invoice_id
), summed AS (
    INSERT INTO ledger_vatsum (legal_entity_id, date, source, kind, category, rate, account, taxes, base_minor, tax_minor,
                               due_taxes, due_base_minor, due_minor, waiting_minor)
    SELECT legal_entity_id, %(date)s, CASE source WHEN 'credit_note' THEN source ELSE 'invoice' END, kind, category, rate,
           account, count(*), sum(base_minor), sum(acc_tax_minor),
           count(*) FILTER (WHERE deferred_minor = 0 OR deferred_minor <> tax_minor),
           sum(base_minor - CASE deferred_minor WHEN 0 THEN 0
                                 ELSE ledger_share(base_minor, deferred_minor, tax_minor) END),
           sum(acc_tax_minor - acc_deferred_minor), sum(acc_deferred_minor)
      FROM tax
     GROUP BY legal_entity_id, source, kind, category, rate, account
), posting AS (
    INSERT INTO ledger_posting
           (entry_id, account_id, billing_account_id, amount_minor, foreign_minor, foreign_currency)
    SELECT e.id, a.id, s.billing_account_id, s.amount_minor,
           CASE WHEN c.foreign_currency IS NOT NULL THEN s.foreign_minor END, c.foreign_currency
      FROM (TABLE owed UNION ALL TABLE sold UNION ALL TABLE taxed UNION ALL TABLE deferred) s
      JOIN chosen c ON c.id = s.invoice_id
      JOIN entry e ON e.invoice_id = s.invoice_id
      JOIN ledger_account a ON a.code = s.code
     ORDER BY e.id, s.rank, s.code
)
SELECT count(*) FROM entry
