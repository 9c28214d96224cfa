-- Nobody issues until this transaction ends: whoever adds a mapping waits for those who do.
SELECT pg_advisory_xact_lock(hashtextextended('ledger.mappings', 0))
