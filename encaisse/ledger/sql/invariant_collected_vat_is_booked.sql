-- What was collected of each tax is what is due of it, and its entries post it to the account of that tax.
SELECT t.invoice_id AS invoice, t.id AS invoice_tax, NULL AS entry, v.tax_minor AS collected_minor
  FROM invoice_invoicetax t
  JOIN invoice_invoice i ON i.id = t.invoice_id
  LEFT JOIN (SELECT invoice_tax_id, sum(tax_minor) AS tax_minor
               FROM ledger_collectedvat GROUP BY invoice_tax_id) v ON v.invoice_tax_id = t.id
 WHERE (t.deferred_minor <> 0 OR v.tax_minor <> 0)
   AND coalesce(v.tax_minor, 0)
       <> ledger_vat_due(t.acc_tax_minor, t.tax_minor, t.deferred_minor, i.settled_minor, i.payable_minor)
 UNION ALL
SELECT e.invoice_id, NULL, e.id, v.tax_minor
  FROM (SELECT e.id, e.invoice_id, a.code, sum(p.amount_minor) AS amount_minor
          FROM ledger_entry e
          JOIN ledger_posting p ON p.entry_id = e.id
          JOIN ledger_account a ON a.id = p.account_id AND a.code <> '44574'
         WHERE e.kind = 'vat_collected'
         GROUP BY e.id, e.invoice_id, a.code) e
  FULL JOIN (SELECT v.entry_id, ledger_tax_account(k.id, k.account, i.issue_date) AS account,
                    sum(v.tax_minor) AS tax_minor
               FROM ledger_collectedvat v
               JOIN invoice_invoicetax t ON t.id = v.invoice_tax_id
               JOIN invoice_invoice i ON i.id = t.invoice_id
               JOIN tax_component k ON (k.tax_id, k.position) = (t.tax_id, t.component)
              GROUP BY 1, 2) v ON (v.entry_id, v.account) = (e.id, e.code)
 WHERE coalesce(v.tax_minor, 0) <> coalesce(-e.amount_minor, 0)
