-- What is held of an account's advances is what was collected of them less what was deducted: each to the cent.
-- What was collected and credited is held until the credit note is used.
SELECT coalesce(s.account_id, b.account_id) AS account, s.held_minor, b.booked_minor
  FROM (SELECT account_id, sum(held_minor) AS held_minor
          FROM (SELECT i.account_id, ledger_share(i.acc_net_minor, i.settled_minor, i.payable_minor) AS held_minor
                  FROM invoice_invoice i
                 WHERE i.state = 'issued' AND i.kind IN ('advance', 'credit_note')
                   AND invoice_is_of_an_advance(i.kind, i.corrects_id)
                 UNION ALL
                SELECT i.account_id, -d.net_minor
                  FROM invoice_deduction d JOIN invoice_invoice i ON i.id = d.invoice_id AND i.state = 'issued') parts
         GROUP BY account_id) s
  FULL JOIN (SELECT i.account_id, -sum(p.amount_minor) AS booked_minor
               FROM ledger_entry e
               JOIN ledger_posting p ON p.entry_id = e.id
               JOIN ledger_account a ON a.id = p.account_id AND a.code = '4191'
               JOIN invoice_invoice i ON i.id = e.invoice_id
              WHERE e.kind IN ('advance_collected', 'advance_deducted')
              GROUP BY i.account_id) b ON b.account_id = s.account_id
 WHERE coalesce(s.held_minor, 0) <> coalesce(b.booked_minor, 0)
