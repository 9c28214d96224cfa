-- Every payment has its entry on its own account, and a second one that mirrors it if it was returned or withdrawn.
-- What deposits hold is looked at with them. What settled elsewhere, and is left out of the opening entry of its invoice, has the entry of its return only.
SELECT p.id AS payment, p.state, p.acc_amount_minor, e.received_minor, e.returned_minor
  FROM payment_payment p
  LEFT JOIN (SELECT e.payment_id, l.billing_account_id,
                    sum(l.amount_minor) FILTER (WHERE e.kind = 'payment') AS received_minor,
                    sum(l.amount_minor) FILTER (WHERE e.kind IN ('payment_return', 'payment_withdrawn')) AS returned_minor
               FROM ledger_entry e
               JOIN ledger_posting l ON l.entry_id = e.id AND l.billing_account_id IS NOT NULL
              WHERE e.payment_id IS NOT NULL
              GROUP BY e.payment_id, l.billing_account_id) e
         ON (e.payment_id, e.billing_account_id) = (p.id, p.account_id)
  LEFT JOIN takeover_settlement s ON s.payment_id = p.id AND s.in_opening
 WHERE p.purpose = ''
   AND (e.received_minor IS DISTINCT FROM CASE WHEN s.payment_id IS NULL THEN -p.acc_amount_minor::numeric END
    OR e.returned_minor IS DISTINCT FROM CASE WHEN p.state = 'returned' THEN p.acc_amount_minor::numeric
                                              WHEN p.state = 'withdrawn' AND s.payment_id IS NULL
                                              THEN p.acc_amount_minor::numeric END)
