-- The sums by day and rate, from which the VAT of a year is read, are those of documents and collections.
WITH billed AS (
    SELECT e.legal_entity_id, e.date, CASE i.kind WHEN 'credit_note' THEN 'credit_note' ELSE 'invoice' END AS source,
           t.kind, t.category, t.rate, t.tax_id, t.component, i.issue_date, count(*) AS taxes,
           sum(t.base_minor) AS base_minor, sum(t.acc_tax_minor) AS tax_minor,
           count(*) FILTER (WHERE t.deferred_minor = 0 OR t.deferred_minor <> t.tax_minor) AS due_taxes,
           sum(t.base_minor - ledger_share(t.base_minor, t.deferred_minor, t.tax_minor)) AS due_base_minor,
           sum(t.acc_tax_minor - ledger_share(t.acc_tax_minor, t.deferred_minor, t.tax_minor)) AS due_minor,
           sum(ledger_share(t.acc_tax_minor, t.deferred_minor, t.tax_minor)) AS waiting_minor
      FROM ledger_entry e
      JOIN invoice_invoice i ON i.id = e.invoice_id
      JOIN invoice_invoicetax t ON t.invoice_id = e.invoice_id
     WHERE e.kind = 'invoice'
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
), collected AS (
    SELECT e.legal_entity_id, e.date, 'vat_collected' AS source, t.kind, t.category, t.rate, t.tax_id, t.component,
           i.issue_date, 0 AS taxes, 0 AS base_minor, 0 AS tax_minor, count(*) AS due_taxes,
           sum(v.base_minor) AS due_base_minor, sum(v.tax_minor) AS due_minor, -sum(v.tax_minor) AS waiting_minor
      FROM ledger_collectedvat v
      JOIN ledger_entry e ON e.id = v.entry_id
      JOIN invoice_invoicetax t ON t.id = v.invoice_tax_id
      JOIN invoice_invoice i ON i.id = t.invoice_id
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
), deducted AS (
    SELECT e.legal_entity_id, e.date, CASE i.kind WHEN 'credit_note' THEN 'credit_note' ELSE 'invoice' END AS source,
           t.kind, t.category, t.rate, t.tax_id, t.component, i.issue_date, count(*) AS taxes,
           -sum(d.net_minor) AS base_minor, -sum(d.tax_minor) AS tax_minor, count(*) AS due_taxes,
           -sum(d.net_minor) AS due_base_minor, -sum(d.tax_minor) AS due_minor, 0 AS waiting_minor
      FROM ledger_entry e
      JOIN invoice_invoice i ON i.id = e.invoice_id
      JOIN invoice_deduction d ON d.invoice_id = e.invoice_id
      JOIN invoice_invoicetax t ON t.id = d.advance_tax_id
     WHERE e.kind = 'advance_deducted'
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
)
SELECT legal_entity_id AS legal_entity, date, source, kind, category, rate, account, sum(taxes) AS taxes,
       sum(base_minor) AS base_minor, sum(tax_minor) AS tax_minor, sum(due_taxes) AS due_taxes,
       sum(due_base_minor) AS due_base_minor, sum(due_minor) AS due_minor, sum(waiting_minor) AS waiting_minor
  FROM (
    SELECT legal_entity_id, date, source, s.kind, category, s.rate,
           ledger_tax_account(k.id, k.account, issue_date) AS account,
           taxes, base_minor, tax_minor, due_taxes, due_base_minor, due_minor, waiting_minor
      FROM (TABLE billed UNION ALL TABLE collected UNION ALL TABLE deducted) s
      JOIN tax_component k ON (k.tax_id, k.position) = (s.tax_id, s.component)
     UNION ALL
    SELECT legal_entity_id, date, source, kind, category, rate, account,
           -taxes, -base_minor, -tax_minor, -due_taxes, -due_base_minor, -due_minor, -waiting_minor
      FROM ledger_vatsum
  ) either
 GROUP BY legal_entity_id, date, source, kind, category, rate, account
HAVING (sum(taxes), sum(base_minor), sum(tax_minor), sum(due_taxes), sum(due_base_minor), sum(due_minor),
        sum(waiting_minor)) <> (0, 0, 0, 0, 0, 0, 0)
