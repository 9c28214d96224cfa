-- The rows of a day, account and journal are one. Those that somebody else folds meanwhile are left to them.
-- Params:
WITH gone AS (
    DELETE FROM ledger_daysum
     WHERE (legal_entity_id, account_id, journal, date) IN (
        SELECT legal_entity_id, account_id, journal, date FROM ledger_daysum
         GROUP BY legal_entity_id, account_id, journal, date HAVING count(*) > 1
     )
    RETURNING legal_entity_id, account_id, journal, date, postings, debit_minor, credit_minor
)
INSERT INTO ledger_daysum (legal_entity_id, account_id, journal, date, postings, debit_minor, credit_minor)
SELECT legal_entity_id, account_id, journal, date, sum(postings), sum(debit_minor), sum(credit_minor)
  FROM gone GROUP BY legal_entity_id, account_id, journal, date
