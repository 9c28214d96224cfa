-- The chunks of exceptions that are to be tried again are planned again.
-- Params: run_id, reason ('': any), accounts (null: any)
UPDATE billing_chunk c SET state = 'planned'
 WHERE c.run_id = %(run_id)s AND c.state = 'drafted'
   AND EXISTS (
       SELECT FROM billing_outcome o JOIN party_billingaccount a ON a.id = o.account_id
        WHERE o.run_id = c.run_id AND o.outcome = 'exception'
          AND o.account_id BETWEEN c.first_account AND c.last_account AND a.legal_entity_id = c.legal_entity_id
          AND (%(reason)s = '' OR o.reason = %(reason)s)
          AND (%(accounts)s::bigint[] IS NULL OR o.account_id = ANY(%(accounts)s::bigint[])))
