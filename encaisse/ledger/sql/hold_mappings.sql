-- What is posted where stays as it is until this transaction ends: any number may hold it, and who adds a mapping waits.
SELECT pg_advisory_xact_lock_shared(hashtextextended('ledger.mappings', 0))
