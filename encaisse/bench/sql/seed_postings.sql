-- The lines of each entry: customer, sales and VAT of a document, bank and customer of a payment.
-- Params: customers, sales, vat, bank
INSERT INTO ledger_posting (entry_id, account_id, billing_account_id, amount_minor)
SELECT e.id, p.account_id, p.billing_account_id, p.amount_minor
  FROM ledger_entry e
  LEFT JOIN invoice_invoice i ON i.id = e.invoice_id
  LEFT JOIN payment_payment y ON y.id = e.payment_id
 CROSS JOIN LATERAL (
    VALUES (%(customers)s, COALESCE(i.account_id, y.account_id), COALESCE(i.acc_gross_minor, -y.acc_amount_minor)),
           (%(sales)s, NULL, -i.acc_net_minor),
           (%(vat)s, NULL, -i.acc_tax_minor),
           (%(bank)s, NULL, y.acc_amount_minor)
  ) p (account_id, billing_account_id, amount_minor)
 WHERE p.amount_minor IS NOT NULL
 ORDER BY e.id
