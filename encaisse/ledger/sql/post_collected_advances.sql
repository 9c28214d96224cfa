-- Of each advance, and each credit note of one, what is settled and not posted yet moves from what was asked to what is
-- held, net of its VAT, or back when less is settled than before. None where nothing moves.
-- Params: invoice_ids, date, asked, held
WITH moved AS MATERIALIZED (
    SELECT i.id, i.legal_entity_id, i.account_id, greatest(%(date)s, i.issue_date) AS date,
           ledger_share(i.acc_net_minor, i.settled_minor, i.payable_minor) - ledger_advance_held(i.id) AS amount_minor
      FROM invoice_invoice i
     WHERE i.id = ANY(%(invoice_ids)s::bigint[]) AND NOT i.made_elsewhere
       AND invoice_is_of_an_advance(i.kind, i.corrects_id)
), entry AS (
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT legal_entity_id, 'OD', 'advance_collected', date, id FROM moved WHERE amount_minor <> 0 ORDER BY id
 RETURNING id, invoice_id
), posting AS (
    INSERT INTO ledger_posting (entry_id, account_id, amount_minor)
    SELECT e.id, a.id, side.amount_minor
      FROM entry e
      JOIN moved m ON m.id = e.invoice_id
     CROSS JOIN LATERAL (VALUES (1, %(asked)s, m.amount_minor), (2, %(held)s, -m.amount_minor))
                side (rank, code, amount_minor)
      JOIN ledger_account a ON a.code = side.code
     ORDER BY e.id, side.rank
)
SELECT count(*) FROM entry
