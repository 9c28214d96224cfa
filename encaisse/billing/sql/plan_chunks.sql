-- Cuts the accounts that a run is to bill into chunks of one legal entity each, of `size` accounts at most.
-- The accounts of a run that is narrowed (`is_whole` false) are listed, so that they stay the same to its end.
-- Sandboxes are billed by the runs alone that name them, or accounts of theirs.
-- Params: run_id, size, cutoff_date, is_whole, and the fields of a Selection (null or '' narrows nothing)
INSERT INTO billing_chunk (run_id, legal_entity_id, first_account, last_account, accounts, listed, invoiced, state)
SELECT %(run_id)s, legal_entity_id, min(id), max(id),
       CASE WHEN NOT %(is_whole)s THEN array_agg(id ORDER BY id) END, count(*), 0, 'planned'
  FROM (SELECT a.id, a.legal_entity_id,
               (row_number() OVER (PARTITION BY a.legal_entity_id ORDER BY a.id) - 1) / %(size)s AS slice
          FROM party_billingaccount a
          JOIN party_customer c ON c.id = a.customer_id
          JOIN party_identity b ON b.id = a.identity_id
          JOIN party_legalentity e ON e.id = a.legal_entity_id
          LEFT JOIN party_rep r ON r.id = c.rep_id
         WHERE a.state = 'active'
           AND (e.sandbox_of_id IS NULL OR e.id = %(legal_entity_id)s OR a.id = %(account_id)s)
           AND (%(legal_entity_id)s::bigint IS NULL OR a.legal_entity_id = %(legal_entity_id)s)
           AND (%(account_id)s::bigint IS NULL OR a.id = %(account_id)s)
           AND (%(customer_id)s::bigint IS NULL OR a.customer_id = %(customer_id)s)
           AND (%(rep_id)s::bigint IS NULL OR c.rep_id = %(rep_id)s)
           AND (%(group_id)s::bigint IS NULL OR r.group_id = %(group_id)s)
           AND (%(payment_method)s = '' OR a.payment_method = %(payment_method)s)
           AND (%(terms_kind)s = '' OR a.terms_kind = %(terms_kind)s)
           AND (%(currency)s = '' OR a.currency = %(currency)s)
           AND (%(country)s = '' OR b.country = %(country)s)
           AND (%(cycle_id)s::bigint IS NULL OR EXISTS (
                   SELECT FROM billing_cyclemember m WHERE m.account_id = a.id AND m.cycle_id = %(cycle_id)s))
           AND (%(exceptions_of_id)s::bigint IS NULL OR EXISTS (
                   SELECT FROM billing_outcome o
                    WHERE o.run_id = %(exceptions_of_id)s AND o.account_id = a.id AND o.outcome = 'exception'))
           AND (%(offer_id)s::bigint IS NULL OR EXISTS (
                   SELECT FROM subscription_item i JOIN subscription_subscription s ON s.id = i.subscription_id
                    WHERE i.account_id = a.id AND i.offer_id = %(offer_id)s
                      AND s.state NOT IN ('waiting', 'withdrawn')
                      AND i.starts_on < %(cutoff_date)s
                      AND (i.ends_on IS NULL OR i.ends_on > i.billed_through)))) listed
 GROUP BY legal_entity_id, slice
 ORDER BY legal_entity_id, slice
