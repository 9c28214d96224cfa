-- Of each invoice, what is due of the VAT that waits for payment and is not posted yet moves to the account of its tax,
-- or back when less is settled than before: one entry an invoice, two postings a tax, none where nothing moves.
-- Due is the deferred tax in the proportion of what is settled, so that all of it is due once all is settled. The base
-- follows the tax, not the payment: at each moment tax is rate x base as far as cents can say.
-- What moves is kept by rate too (ledger_vatsum). An entry is dated %(date)s, or the invoice's issue date where that is later. The caller holds the invoices' locks.
-- Params: invoice_ids, date, waiting
WITH taxed AS MATERIALIZED (
    SELECT i.id AS invoice_id, i.legal_entity_id, greatest(%(date)s, i.issue_date) AS date, t.id AS invoice_tax_id,
           t.kind, t.category, t.rate,
           ledger_tax_account(k.id, k.account, i.issue_date) AS account,
           ledger_vat_due(t.acc_tax_minor, t.tax_minor, t.deferred_minor, i.settled_minor, i.payable_minor) AS due_minor,
           ledger_share(t.base_minor, t.deferred_minor, t.tax_minor) AS base_minor,
           ledger_share(t.acc_tax_minor, t.deferred_minor, t.tax_minor) AS deferred_minor,
           (SELECT coalesce(sum(v.tax_minor), 0)::bigint FROM ledger_collectedvat v WHERE v.invoice_tax_id = t.id)
               AS collected_minor,
           (SELECT coalesce(sum(v.base_minor), 0)::bigint FROM ledger_collectedvat v WHERE v.invoice_tax_id = t.id)
               AS collected_base_minor
      FROM invoice_invoice i
      JOIN invoice_invoicetax t ON t.invoice_id = i.id AND t.deferred_minor <> 0
      JOIN tax_component k ON (k.tax_id, k.position) = (t.tax_id, t.component)
     WHERE i.id = ANY(%(invoice_ids)s)
), moved AS (
    SELECT invoice_id, legal_entity_id, date, invoice_tax_id, account, kind, category, rate,
           due_minor - collected_minor AS tax_minor,
           ledger_share(base_minor, due_minor, deferred_minor) - collected_base_minor AS base_minor
      FROM taxed
     WHERE due_minor <> collected_minor
), entry AS (
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT DISTINCT legal_entity_id, 'OD', 'vat_collected', date, invoice_id FROM moved ORDER BY invoice_id
 RETURNING id, invoice_id
), collected AS (
    INSERT INTO ledger_collectedvat (entry_id, invoice_tax_id, base_minor, tax_minor)
    SELECT e.id, m.invoice_tax_id, m.base_minor, m.tax_minor
      FROM moved m JOIN entry e ON e.invoice_id = m.invoice_id
     ORDER BY e.id, m.invoice_tax_id
), summed AS (
    INSERT INTO ledger_vatsum (legal_entity_id, date, source, kind, category, rate, account, taxes, base_minor, tax_minor,
                               due_taxes, due_base_minor, due_minor, waiting_minor)
    SELECT legal_entity_id, date, 'vat_collected', kind, category, rate, account, 0, 0, 0, count(*), sum(base_minor),
           sum(tax_minor), -sum(tax_minor)
      FROM moved
     GROUP BY legal_entity_id, date, kind, category, rate, account
), posting AS (
    INSERT INTO ledger_posting (entry_id, account_id, amount_minor)
    SELECT e.id, a.id, side.amount_minor
      FROM moved m
      JOIN entry e ON e.invoice_id = m.invoice_id
     CROSS JOIN LATERAL (VALUES (1, %(waiting)s, m.tax_minor), (2, m.account, -m.tax_minor))
                side (rank, code, amount_minor)
      JOIN ledger_account a ON a.code = side.code
     ORDER BY e.id, m.invoice_tax_id, side.rank
)
SELECT count(*) FROM entry
