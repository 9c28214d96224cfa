-- Nobody else is answered under this key of a program and its word until the transaction ends; waits `wait_ms` at most.
-- Params: api_key_id, idempotency_key, wait_ms
WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', %(wait_ms)s::text, true) AS set)
SELECT pg_advisory_xact_lock(hashtextextended('answer:' || %(api_key_id)s::text || ':' || %(idempotency_key)s, 0)),
       set_config('lock_timeout', '0', true)
  FROM patience WHERE set IS NOT NULL
