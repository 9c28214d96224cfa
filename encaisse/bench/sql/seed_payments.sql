-- A payment of each settled invoice, laid on it; one in ten was laid on nothing.
-- Params:
INSERT INTO payment_payment (legal_entity_id, account_id, method, purpose, state, amount_minor, currency, accounting_currency,
                             rate, acc_amount_minor, allocated_minor, received_on, reference, actor_kind,
                             actor_label)
SELECT legal_entity_id, account_id, 'transfer', '', 'received', settled_minor, 'EUR', 'EUR', 1, settled_minor,
       CASE WHEN mod(id, 10) > 0 THEN settled_minor ELSE 0 END, due_date, 'VIR ' || number, 'command', 'bench'
  FROM invoice_invoice
 WHERE kind = 'invoice' AND settled_minor > 0
 ORDER BY id
