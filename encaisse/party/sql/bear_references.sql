-- Accounts bear the references of the rows, or none where a row has none. May be repeated.
-- Params: rows (JSON: account_id, order_reference, contract_reference, buyer_reference)
UPDATE party_billingaccount a
   SET buyer_reference_id = r.id
  FROM jsonb_to_recordset(%(rows)s::jsonb)
       AS t(account_id bigint, order_reference text, contract_reference text, buyer_reference text)
  LEFT JOIN party_buyerreference r USING (account_id, order_reference, contract_reference, buyer_reference)
 WHERE a.id = t.account_id AND a.buyer_reference_id IS DISTINCT FROM r.id
