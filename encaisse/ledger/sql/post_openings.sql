-- One entry of the opening journal for each of these invoices made elsewhere of which something was open: what the
-- customer owed, against the opening balance. A credit note is negative, so its entry is the mirror image.
-- An invoice has one opening entry at most (opening_once_per_invoice_and_kind).
-- Params: invoice_ids, date, receivable, opening
WITH chosen AS MATERIALIZED (
    SELECT i.id, i.legal_entity_id, i.account_id, greatest(%(date)s, i.issue_date) AS date,
           ledger_opening_minor(i) AS amount_minor
      FROM invoice_invoice i
     WHERE i.id = ANY(%(invoice_ids)s::bigint[]) AND i.made_elsewhere
), entry AS (
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT legal_entity_id, 'AN', 'opening', date, id FROM chosen WHERE amount_minor <> 0 ORDER BY id
 RETURNING id, invoice_id
), posting AS (
    INSERT INTO ledger_posting (entry_id, account_id, billing_account_id, amount_minor)
    SELECT e.id, a.id, side.billing_account_id, side.amount_minor
      FROM entry e
      JOIN chosen c ON c.id = e.invoice_id
     CROSS JOIN LATERAL (VALUES (1, %(receivable)s, c.account_id, c.amount_minor),
                                (2, %(opening)s, NULL::bigint, -c.amount_minor))
                side (rank, code, billing_account_id, amount_minor)
      JOIN ledger_account a ON a.code = side.code
     ORDER BY e.id, side.rank
)
SELECT count(*) FROM entry
