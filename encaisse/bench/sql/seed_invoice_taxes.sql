-- One tax of each document.
-- Params: tax_id
INSERT INTO invoice_invoicetax (invoice_id, position, tax_id, component, category, kind, rate, base_minor, tax_minor,
                                acc_tax_minor, deferred_minor)
SELECT id, 1, %(tax_id)s, 1, 'S', 'vat', 20, net_minor, tax_minor, acc_tax_minor, 0
  FROM invoice_invoice
 ORDER BY id
