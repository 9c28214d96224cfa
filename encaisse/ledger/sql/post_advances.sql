-- One entry of the sales journal for each advance of the set, and for each credit note of one: what the customer owes,
-- against what was asked and is not received, and the VAT that waits for the money. No sale is made.
-- Params: invoice_ids, date, receivable, asked, waiting
WITH chosen AS MATERIALIZED (
    SELECT id, legal_entity_id, account_id, acc_net_minor, acc_tax_minor, acc_gross_minor
      FROM invoice_invoice WHERE id = ANY(%(invoice_ids)s::bigint[])
), entry AS (
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT legal_entity_id, 'VE', 'invoice', %(date)s, id FROM chosen ORDER BY id
 RETURNING id, invoice_id
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
