-- Invoices as `rules.rows.InvoiceRow`, with the digests of their parties as they are now.
-- Params: ids
SELECT i.id, i.legal_entity_id, i.account_id, i.run_id, i.split, i.kind, i.made_elsewhere, i.state,
       i.period_from, i.period_to, i.currency, i.allowance_minor, i.net_minor, i.tax_minor,
       i.gross_minor, i.deducted_minor, i.payable_minor, i.settled_minor, i.accounting_currency, i.rate,
       i.acc_net_minor, i.acc_tax_minor, i.acc_gross_minor, i.seller_identity_id,
       i.buyer_identity_id, i.buyer_reference_id, i.language, i.terms_kind, i.terms_days, i.terms_day, i.terms_plan,
       i.corrects_id,
       i.reason, i.drafted_at, i.exchange_rate_id, i.digest_version, i.digest,
       party_identity_digest(s), party_identity_digest(b), invoice_reference_text(r)
  FROM invoice_invoice i
  JOIN party_identity s ON s.id = i.seller_identity_id
  JOIN party_identity b ON b.id = i.buyer_identity_id
  LEFT JOIN party_buyerreference r ON r.id = i.buyer_reference_id
 WHERE i.id = ANY(%(ids)s::bigint[])
 ORDER BY i.id
