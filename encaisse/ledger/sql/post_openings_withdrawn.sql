-- The opening entry of each of these invoices is mirrored, account by account, dated %(date)s or its own day if later.
-- Params: invoice_ids, date
WITH opened AS MATERIALIZED (
    SELECT e.id, e.legal_entity_id, e.invoice_id, greatest(%(date)s, e.date) AS date
      FROM ledger_entry e
     WHERE e.kind = 'opening' AND e.invoice_id = ANY(%(invoice_ids)s::bigint[])
), entry AS (
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT legal_entity_id, 'AN', 'opening_withdrawn', date, invoice_id FROM opened ORDER BY invoice_id
 RETURNING id, invoice_id
), posting AS (
    INSERT INTO ledger_posting (entry_id, account_id, billing_account_id, amount_minor)
    SELECT e.id, p.account_id, p.billing_account_id, -p.amount_minor
      FROM entry e
      JOIN opened o ON o.invoice_id = e.invoice_id
      JOIN ledger_posting p ON p.entry_id = o.id
     ORDER BY e.id, p.id
)
SELECT count(*) FROM entry
