-- These drafts wait in quarantine, each with the worst that was found of it.
-- Params: ids
INSERT INTO judgement_quarantine (invoice_id, run_id, legal_entity_id, account_id, verdict, gross_minor, decision, decided_by)
SELECT i.id, i.run_id, i.legal_entity_id, i.account_id, f.verdict, i.acc_gross_minor, '', ''
  FROM invoice_invoice i
  JOIN (SELECT invoice_id, min(verdict) AS verdict  -- reject comes before suspect
               FROM judgement_finding WHERE invoice_id = ANY(%(ids)s::bigint[]) GROUP BY invoice_id) f
    ON f.invoice_id = i.id
 WHERE i.id = ANY(%(ids)s::bigint[])
 ORDER BY i.id
