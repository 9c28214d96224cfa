-- Every payment has its entry on its own account, and a second one that mirrors it if it was returned.
SELECT p.id AS payment, p.state, p.acc_amount_minor, e.received_minor, e.returned_minor
  FROM payment_payment p
  LEFT JOIN (SELECT e.payment_id, l.billing_account_id,
                    sum(l.amount_minor) FILTER (WHERE e.kind = 'payment') AS received_minor,
                    sum(l.amount_minor) FILTER (WHERE e.kind = 'payment_return') AS returned_minor
               FROM ledger_entry e
               JOIN ledger_posting l ON l.entry_id = e.id AND l.billing_account_id IS NOT NULL
              WHERE e.payment_id IS NOT NULL
              GROUP BY e.payment_id, l.billing_account_id) e
         ON (e.payment_id, e.billing_account_id) = (p.id, p.account_id)
 WHERE e.received_minor IS DISTINCT FROM -p.acc_amount_minor::numeric
    OR e.returned_minor IS DISTINCT FROM CASE p.state WHEN 'returned' THEN p.acc_amount_minor::numeric END
