-- So many documents wait in quarantine, each caught by two of the rules, and three times as many findings are of
-- documents decided long ago.
-- Params: count, rules
WITH held AS (
    INSERT INTO invoice_invoice (legal_entity_id, account_id, run_id, split, kind, made_elsewhere, state, period_from,
                                 period_to, currency, allowance_minor, net_minor, tax_minor, gross_minor,
                                 deducted_minor, payable_minor, settled_minor, accounting_currency, rate,
                                 acc_net_minor, acc_tax_minor, acc_gross_minor, seller_identity_id, buyer_identity_id,
                                 language, terms_kind, terms_days, terms_plan, reason, digest_version, digest)
    SELECT legal_entity_id, account_id, NULL, 0, kind, false, 'quarantined', period_from, period_to, currency, 0,
           net_minor, tax_minor, gross_minor, 0, payable_minor, 0, accounting_currency, rate, acc_net_minor,
           acc_tax_minor, acc_gross_minor, seller_identity_id, buyer_identity_id, language, terms_kind, terms_days,
           terms_plan, '', digest_version, digest
      FROM invoice_invoice
     WHERE kind = 'invoice' AND state = 'issued'
     ORDER BY id DESC
     LIMIT %(count)s
    RETURNING id, legal_entity_id, account_id, acc_gross_minor
), waiting AS (
    INSERT INTO judgement_quarantine (invoice_id, run_id, legal_entity_id, account_id, verdict, gross_minor, decision,
                                      decided_by)
    SELECT id, 1, legal_entity_id, account_id, CASE WHEN mod(id, 50) = 0 THEN 'reject' ELSE 'suspect' END, acc_gross_minor, '', ''
      FROM held
)
INSERT INTO judgement_finding (invoice_id, rule_id, verdict, seen)
SELECT caught.id, (%(rules)s::bigint[])[1 + mod(caught.id + place, cardinality(%(rules)s::bigint[]))],
       CASE WHEN mod(caught.id, 50) = 0 THEN 'reject' ELSE 'suspect' END, '{"gross": 12000}'
  FROM (SELECT id FROM held
         UNION ALL
        (SELECT id FROM invoice_invoice WHERE state = 'issued' ORDER BY id LIMIT 3 * %(count)s)) caught,
       generate_series(0, 1) place
