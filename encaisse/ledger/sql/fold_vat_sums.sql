-- The rows of a day, source, rate and account are one. Those that somebody else folds meanwhile are left to them.
-- Params:
WITH gone AS (
    DELETE FROM ledger_vatsum
     WHERE (legal_entity_id, date, source, kind, category, rate, account) IN (
        SELECT legal_entity_id, date, source, kind, category, rate, account FROM ledger_vatsum
         GROUP BY legal_entity_id, date, source, kind, category, rate, account HAVING count(*) > 1
     )
    RETURNING *
)
INSERT INTO ledger_vatsum (legal_entity_id, date, source, kind, category, rate, account, taxes, base_minor, tax_minor,
                           due_taxes, due_base_minor, due_minor, waiting_minor)
SELECT legal_entity_id, date, source, kind, category, rate, account, sum(taxes), sum(base_minor), sum(tax_minor),
       sum(due_taxes), sum(due_base_minor), sum(due_minor), sum(waiting_minor)
  FROM gone GROUP BY legal_entity_id, date, source, kind, category, rate, account
