-- The entry of each issued document and of each payment.
-- Params:
INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id, payment_id)
SELECT legal_entity_id, 'VE', 'invoice', issue_date, id, NULL FROM invoice_invoice WHERE state = 'issued'
 UNION ALL
SELECT legal_entity_id, 'BQ', 'payment', received_on, NULL, id FROM payment_payment
 ORDER BY 4
