-- One entry of the sales journal for each advance of the set, and for each credit note of one: what the customer owes,
-- against what was asked and is not received, and the VAT that waits for the money. No sale is made.
-- What the VAT comes to by rate is kept too (ledger_vatsum).
-- Params: invoice_ids, date, receivable, asked, waiting
WITH chosen AS MATERIALIZED (
    SELECT id, kind, legal_entity_id, account_id, acc_net_minor, acc_tax_minor, acc_gross_minor
      FROM invoice_invoice WHERE id = ANY(%(invoice_ids)s::bigint[])
), entry AS (
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT legal_entity_id, 'VE', 'invoice', %(date)s, id FROM chosen ORDER BY id
 RETURNING id, invoice_id
), summed AS (
    INSERT INTO ledger_vatsum (legal_entity_id, date, source, kind, category, rate, account, taxes, base_minor, tax_minor,
                               due_taxes, due_base_minor, due_minor, waiting_minor)
    SELECT c.legal_entity_id, %(date)s, CASE c.kind WHEN 'credit_note' THEN c.kind ELSE 'invoice' END, t.kind, t.category,
           t.rate, ledger_tax_account(k.id, k.account, %(date)s), count(*), sum(t.base_minor), sum(t.acc_tax_minor),
           count(*) FILTER (WHERE t.deferred_minor = 0 OR t.deferred_minor <> t.tax_minor),
           sum(t.base_minor - ledger_share(t.base_minor, t.deferred_minor, t.tax_minor)),
           sum(t.acc_tax_minor - ledger_share(t.acc_tax_minor, t.deferred_minor, t.tax_minor)),
           sum(ledger_share(t.acc_tax_minor, t.deferred_minor, t.tax_minor))
      FROM chosen c
      JOIN invoice_invoicetax t ON t.invoice_id = c.id
      JOIN tax_component k ON (k.tax_id, k.position) = (t.tax_id, t.component)
     GROUP BY c.legal_entity_id, 3, t.kind, t.category, t.rate, 7
), posting AS (
    INSERT INTO ledger_posting (entry_id, account_id, billing_account_id, amount_minor)
    SELECT e.id, a.id, side.billing_account_id, side.amount_minor
      FROM entry e
      JOIN chosen c ON c.id = e.invoice_id
     CROSS JOIN LATERAL (VALUES (1, %(receivable)s, c.account_id, c.acc_gross_minor),
                                (2, %(asked)s, NULL::bigint, -c.acc_net_minor),
                                (3, %(waiting)s, NULL, -c.acc_tax_minor))
                side (rank, code, billing_account_id, amount_minor)
      JOIN ledger_account a ON a.code = side.code
     WHERE side.amount_minor <> 0
     ORDER BY e.id, side.rank
)
SELECT count(*) FROM entry
