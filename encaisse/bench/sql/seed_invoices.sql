-- Documents over two years: one in twenty a draft, one in twenty a credit note, two in three of the others settled.
-- Params: count, accounts, first_account, legal_entity_id, identity_id, series_id, notes_id
INSERT INTO invoice_invoice (legal_entity_id, account_id, split, kind, made_elsewhere, state, series_id, sequence,
                             number, issue_date, due_date, period_from, period_to, currency, allowance_minor,
                             net_minor, tax_minor, gross_minor, deducted_minor, payable_minor, settled_minor,
                             accounting_currency, rate, acc_net_minor, acc_tax_minor, acc_gross_minor,
                             seller_identity_id, buyer_identity_id, language, terms_kind, terms_days, terms_plan,
                             corrects_id, reason, digest_version, digest, link, issued_at)
SELECT %(legal_entity_id)s, d.account_id, 0, d.kind, false, d.state, d.series_id, d.sequence,
       CASE WHEN d.kind = 'invoice' THEN 'F' ELSE 'A' END || '2026-' || lpad(d.sequence::text, 6, '0'),
       CASE WHEN d.sequence IS NOT NULL THEN d.day END, CASE WHEN d.sequence IS NOT NULL THEN d.day + 30 END,
       date_trunc('month', d.day)::date, (date_trunc('month', d.day) + interval '1 month')::date, 'EUR', 0,
       d.sign * d.net, d.sign * d.net / 5, d.sign * (d.net + d.net / 5), 0, d.sign * (d.net + d.net / 5),
       CASE WHEN d.state = 'issued' AND mod(d.n, 3) > 0 THEN d.sign * (d.net + d.net / 5) ELSE 0 END,
       'EUR', 1, d.sign * d.net, d.sign * d.net / 5, d.sign * (d.net + d.net / 5),
       %(identity_id)s, %(identity_id)s, 'fr', 'net_days', 30, '', d.corrects, '', 1, '',
       CASE WHEN d.state = 'issued' THEN ''::bytea END, CASE WHEN d.state = 'issued' THEN d.day::timestamptz END
  FROM (
    SELECT n, %(first_account)s + mod(n * 7919 + n / 20, %(accounts)s) AS account_id,
           CASE WHEN mod(n, 20) = 0 THEN 'credit_note' ELSE 'invoice' END AS kind,
           CASE WHEN mod(n, 20) = 1 THEN 'approved' ELSE 'issued' END AS state,
           CASE WHEN mod(n, 20) = 0 THEN %(notes_id)s WHEN mod(n, 20) > 1 THEN %(series_id)s END AS series_id,
           CASE WHEN mod(n, 20) = 0 THEN n / 20 WHEN mod(n, 20) > 1 THEN n / 20 * 18 + mod(n, 20) - 1 END AS sequence,
           CASE WHEN mod(n, 20) = 0 THEN -1 ELSE 1 END AS sign,
           CASE WHEN mod(n, 20) = 0 THEN n - 1 END AS corrects,
           5 * (200 + mod(n * 104729, 100000)) AS net,
           current_date - 720 + (n * 720 / %(count)s)::integer AS day
      FROM generate_series(1::bigint, %(count)s::bigint) n
  ) d
 ORDER BY d.n
