-- What an account gained or lost by exchange is booked to the cent.
-- That is what its sources were worth in the books less what its invoices were, as far as they settle each other; so
-- that its 411 is what is open, each at its own rate.
SELECT coalesce(d.account_id, b.account_id) AS account, d.due_minor, b.booked_minor
  FROM (SELECT account_id, sum(worth_minor) AS due_minor
          FROM (SELECT account_id, ledger_share(acc_amount_minor, allocated_minor, amount_minor) AS worth_minor
                  FROM payment_payment WHERE currency <> accounting_currency AND purpose = ''
                 UNION ALL
                SELECT d.account_id, -m.acc_amount_minor
                  FROM deposit_movement m JOIN deposit_deposit d ON d.id = m.deposit_id
                 WHERE m.kind = 'draw' AND d.currency <> d.accounting_currency
                 UNION ALL
                SELECT account_id, -ledger_share(acc_gross_minor, settled_minor, payable_minor)
                  FROM invoice_invoice
                 WHERE state = 'issued' AND currency <> accounting_currency AND NOT made_elsewhere) parts
         GROUP BY account_id) d
  FULL JOIN (SELECT p.billing_account_id AS account_id, sum(p.amount_minor) AS booked_minor
               FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
              WHERE e.kind = 'exchange' AND p.billing_account_id IS NOT NULL
              GROUP BY p.billing_account_id) b ON b.account_id = d.account_id
 WHERE coalesce(d.due_minor, 0) <> coalesce(b.booked_minor, 0)
