-- The accounts of a part that have no outcome in this run yet, in order.
-- Params: run_id, legal_entity_id, first_account, last_account, accounts (null: all)
SELECT a.id
  FROM party_billingaccount a
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND a.id BETWEEN %(first_account)s AND %(last_account)s
   AND (%(accounts)s::bigint[] IS NULL OR a.id = ANY(%(accounts)s::bigint[]))
   AND a.state = 'active'
   AND NOT EXISTS (SELECT FROM billing_outcome o WHERE o.run_id = %(run_id)s AND o.account_id = a.id)
 ORDER BY a.id
