-- Cuts the run's list of accounts into chunks of one legal entity each, of `size` accounts at most.
-- Repeatable: a chunk is unique by run, legal entity and first account.
-- Params: run_id, legal_entity_id (null: all), account_id (null: all), size
INSERT INTO billing_chunk (run_id, legal_entity_id, first_account, last_account, state)
SELECT %(run_id)s, legal_entity_id, min(id), max(id), 'planned'
  FROM (SELECT id, legal_entity_id,
               (row_number() OVER (PARTITION BY legal_entity_id ORDER BY id) - 1) / %(size)s AS slice
          FROM party_billingaccount
         WHERE state = 'active'
           AND (%(legal_entity_id)s::bigint IS NULL OR legal_entity_id = %(legal_entity_id)s)
           AND (%(account_id)s::bigint IS NULL OR id = %(account_id)s)) listed
 GROUP BY legal_entity_id, slice
 ORDER BY legal_entity_id, slice
    ON CONFLICT (run_id, legal_entity_id, first_account) DO NOTHING
