-- The references that these accounts never bore before. May be repeated.
-- Params: rows (JSON: account_id, order_reference, contract_reference, buyer_reference)
INSERT INTO party_buyerreference (account_id, order_reference, contract_reference, buyer_reference)
SELECT account_id, order_reference, contract_reference, buyer_reference
  FROM jsonb_to_recordset(%(rows)s::jsonb)
       AS t(account_id bigint, order_reference text, contract_reference text, buyer_reference text)
 WHERE order_reference <> '' OR contract_reference <> '' OR buyer_reference <> ''
 ORDER BY account_id
    ON CONFLICT DO NOTHING
