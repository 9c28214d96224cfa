-- Every movement of a deposit is on account 165 to the cent: by the entry of the payment that funds it, or by its own.
SELECT m.id AS movement, m.deposit_id AS deposit, m.acc_amount_minor, b.booked_minor
  FROM deposit_movement m
  LEFT JOIN (SELECT e.movement_id, e.payment_id, e.kind, sum(p.amount_minor) AS booked_minor
               FROM ledger_entry e
               JOIN ledger_posting p ON p.entry_id = e.id
               JOIN ledger_account a ON a.id = p.account_id
              WHERE a.code = '165'
              GROUP BY e.movement_id, e.payment_id, e.kind) b
         ON b.movement_id = m.id
         OR (b.payment_id = m.payment_id
             AND b.kind = CASE WHEN m.reverses_id IS NULL THEN 'payment' ELSE 'payment_return' END)
 WHERE b.booked_minor IS DISTINCT FROM -m.acc_amount_minor::numeric
