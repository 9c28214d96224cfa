-- Approved drafts in the order in which they take numbers, locked against new lines and other issues.
-- Whether a plain invoice is of an advance is not asked: nearly all are plain, and asking costs more than locking.
-- Params: ids
SELECT id, legal_entity_id, kind, payable_minor, terms_kind, terms_days, terms_day, terms_plan, digest,
       exchange_rate_id, deducted_minor,
       CASE kind WHEN 'invoice' THEN false ELSE invoice_is_of_an_advance(kind, corrects_id) END AS is_of_an_advance
  FROM invoice_invoice
 WHERE id = ANY(%(ids)s::bigint[]) AND state = 'approved'
 ORDER BY id
   FOR UPDATE
