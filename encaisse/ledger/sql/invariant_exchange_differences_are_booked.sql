-- Of each account that is owed in another currency than the books', 411 is what is open of its invoices and payments,
-- each at its own rate: its gains and losses by exchange are booked to the cent, and nothing is left once nothing is open.
SELECT a.id AS account, ledger_exchange_due(a.id) AS due_minor, ledger_exchange_booked(a.id) AS booked_minor
  FROM party_billingaccount a
  JOIN party_legalentity e ON e.id = a.legal_entity_id
 WHERE a.currency <> e.currency
   AND ledger_exchange_due(a.id) <> ledger_exchange_booked(a.id)
