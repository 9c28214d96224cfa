-- The sums by day and rate of what was issued, none of which waits for payment.
-- Params:
INSERT INTO ledger_vatsum (legal_entity_id, date, source, kind, category, rate, account, taxes, base_minor, tax_minor,
                           due_taxes, due_base_minor, due_minor, waiting_minor)
SELECT i.legal_entity_id, i.issue_date, i.kind, t.kind, t.category, t.rate, '44571', count(*), sum(t.base_minor),
       sum(t.acc_tax_minor), count(*), sum(t.base_minor), sum(t.acc_tax_minor), 0
  FROM invoice_invoice i JOIN invoice_invoicetax t ON t.invoice_id = i.id
 WHERE i.state = 'issued'
 GROUP BY i.legal_entity_id, i.issue_date, i.kind, t.kind, t.category, t.rate
