-- What an account gained or lost by exchange and is not booked yet: one entry, a gain to 766 and a loss to 666, against
-- its receivable, which in its own currency does not move. None without a difference.
-- What goes the other way than what is booked of the same source takes that back first, where it was booked.
-- Params: account_id, date, payment_id, credit_note_id, movement_id, receivable, loss, gain
WITH due AS MATERIALIZED (
    SELECT a.id AS account_id, a.legal_entity_id, a.currency,
           (ledger_exchange_due(a.id) - ledger_exchange_booked(a.id))::bigint AS amount_minor
      FROM party_billingaccount a
     WHERE a.id = %(account_id)s
), booked AS (
    SELECT coalesce(sum(p.amount_minor) FILTER (WHERE c.code = %(loss)s), 0) AS lost_minor,
           coalesce(-sum(p.amount_minor) FILTER (WHERE c.code = %(gain)s), 0) AS gained_minor
      FROM ledger_entry e
      JOIN ledger_posting p ON p.entry_id = e.id
      JOIN ledger_account c ON c.id = p.account_id
     WHERE e.kind = 'exchange' AND (e.payment_id = %(payment_id)s OR e.invoice_id = %(credit_note_id)s
                                 OR e.movement_id = %(movement_id)s)
), sides AS (
    SELECT d.*, CASE WHEN d.amount_minor > 0 THEN least(d.amount_minor, b.lost_minor)
                     ELSE greatest(d.amount_minor, -b.gained_minor) END::bigint AS back_minor
      FROM due d CROSS JOIN booked b
     WHERE d.amount_minor <> 0
), entry AS (
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id, payment_id, movement_id)
    SELECT legal_entity_id, 'OD', 'exchange', %(date)s, %(credit_note_id)s, %(payment_id)s, %(movement_id)s
      FROM sides
 RETURNING id
), posting AS (
    INSERT INTO ledger_posting
           (entry_id, account_id, billing_account_id, amount_minor, foreign_minor, foreign_currency)
    SELECT e.id, c.id, side.billing_account_id, side.amount_minor, 0, s.currency
      FROM entry e
     CROSS JOIN sides s
     CROSS JOIN LATERAL (VALUES
           (1, %(receivable)s, s.account_id, s.amount_minor),
           (2, CASE WHEN s.amount_minor > 0 THEN %(loss)s ELSE %(gain)s END, NULL::bigint, -s.back_minor),
           (3, CASE WHEN s.amount_minor > 0 THEN %(gain)s ELSE %(loss)s END, NULL, s.back_minor - s.amount_minor)
           ) side (rank, code, billing_account_id, amount_minor)
      JOIN ledger_account c ON c.code = side.code
     WHERE side.amount_minor <> 0
     ORDER BY side.rank
)
SELECT count(*) FROM entry
