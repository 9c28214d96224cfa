-- What an account owes in the ledger is what is open on its invoices, less what is left of its credit and payments.
SELECT coalesce(b.account_id, o.account_id) AS account, b.owed_minor, o.open_minor
  FROM (SELECT billing_account_id AS account_id, sum(coalesce(foreign_minor, amount_minor)) AS owed_minor
          FROM ledger_posting WHERE billing_account_id IS NOT NULL GROUP BY billing_account_id) b
  FULL JOIN (SELECT account_id, sum(open_minor) AS open_minor
               FROM (SELECT account_id, payable_minor - settled_minor AS open_minor FROM invoice_invoice
                      WHERE state = 'issued'
                      UNION ALL
                     SELECT account_id, allocated_minor - amount_minor FROM payment_payment
                      WHERE state = 'received') items
              GROUP BY account_id) o ON o.account_id = b.account_id
 WHERE coalesce(b.owed_minor, 0) <> coalesce(o.open_minor, 0)
