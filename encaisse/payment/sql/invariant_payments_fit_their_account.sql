-- A payment is of its account's legal entity and currency.
SELECT p.id AS payment, p.account_id AS account, p.currency
  FROM payment_payment p
  JOIN party_billingaccount a ON a.id = p.account_id
 WHERE (p.legal_entity_id, p.currency) <> (a.legal_entity_id, a.currency)
