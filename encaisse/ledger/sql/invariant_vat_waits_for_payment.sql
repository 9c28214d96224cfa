-- What waits in 44574 of each invoice issued here is its deferred VAT less what is due of it, and nothing else does.
SELECT coalesce(s.invoice_id, p.invoice_id) AS invoice, s.waiting_minor, p.posted_minor
  FROM (SELECT t.invoice_id,
               sum(ledger_share(t.acc_tax_minor, t.deferred_minor, t.tax_minor)
                   - ledger_vat_due(t.acc_tax_minor, t.tax_minor, t.deferred_minor, i.settled_minor, i.payable_minor))
                   AS waiting_minor
          FROM invoice_invoicetax t
          JOIN invoice_invoice i ON i.id = t.invoice_id AND i.state = 'issued' AND NOT i.made_elsewhere
         WHERE t.deferred_minor <> 0
         GROUP BY t.invoice_id) s
  FULL JOIN (SELECT e.invoice_id, -sum(p.amount_minor) AS posted_minor
               FROM ledger_posting p
               JOIN ledger_account a ON a.id = p.account_id AND a.code = '44574'
               LEFT JOIN ledger_entry e ON e.id = p.entry_id
              GROUP BY e.invoice_id) p ON p.invoice_id = s.invoice_id
 WHERE coalesce(s.waiting_minor, 0) <> coalesce(p.posted_minor, 0)
