-- One entry of the sales journal for each document of the set that deducts advances: what was held is held no more, the
-- VAT that was declared with it is not declared again, and the customer owes that much less. A credit note is the mirror.
-- What it comes to by rate is taken off of what is kept of the documents (ledger_vatsum).
-- Params: invoice_ids, date, receivable, held
WITH chosen AS MATERIALIZED (
    SELECT id, kind, legal_entity_id, account_id, deducted_minor
      FROM invoice_invoice WHERE id = ANY(%(invoice_ids)s::bigint[]) AND deducted_minor <> 0
), entry AS (
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT legal_entity_id, 'VE', 'advance_deducted', %(date)s, id FROM chosen ORDER BY id
 RETURNING id, invoice_id
), summed AS (
    INSERT INTO ledger_vatsum (legal_entity_id, date, source, kind, category, rate, account, taxes, base_minor, tax_minor,
                               due_taxes, due_base_minor, due_minor, waiting_minor)
    SELECT c.legal_entity_id, %(date)s, CASE c.kind WHEN 'credit_note' THEN c.kind ELSE 'invoice' END, t.kind, t.category,
           t.rate, ledger_tax_account(k.id, k.account, %(date)s), count(*), -sum(d.net_minor), -sum(d.tax_minor),
           count(*), -sum(d.net_minor), -sum(d.tax_minor), 0
      FROM chosen c
      JOIN invoice_deduction d ON d.invoice_id = c.id
      JOIN invoice_invoicetax t ON t.id = d.advance_tax_id
      JOIN tax_component k ON (k.tax_id, k.position) = (t.tax_id, t.component)
     GROUP BY c.legal_entity_id, 3, t.kind, t.category, t.rate, 7
), side AS (
    SELECT d.invoice_id, 1 AS rank, %(held)s AS code, NULL::bigint AS billing_account_id, sum(d.net_minor) AS amount_minor
      FROM chosen c JOIN invoice_deduction d ON d.invoice_id = c.id
     GROUP BY d.invoice_id
     UNION ALL
    SELECT d.invoice_id, 2, ledger_tax_account(k.id, k.account, %(date)s), NULL, sum(d.tax_minor)
      FROM chosen c
      JOIN invoice_deduction d ON d.invoice_id = c.id
      JOIN invoice_invoicetax t ON t.id = d.advance_tax_id
      JOIN tax_component k ON (k.tax_id, k.position) = (t.tax_id, t.component)
     GROUP BY d.invoice_id, k.id, k.account
     UNION ALL
    SELECT c.id, 3, %(receivable)s, c.account_id, -c.deducted_minor FROM chosen c
), posting AS (
    INSERT INTO ledger_posting (entry_id, account_id, billing_account_id, amount_minor)
    SELECT e.id, a.id, s.billing_account_id, s.amount_minor
      FROM side s
      JOIN entry e ON e.invoice_id = s.invoice_id
      JOIN ledger_account a ON a.code = s.code
     WHERE s.amount_minor <> 0
     ORDER BY e.id, s.rank, s.code
)
SELECT count(*) FROM entry
