-- The charges of these drafts will never be billed.
-- Params: ids
UPDATE billing_claim k
   SET fate = 'dropped', line = NULL, share_minor = 0
  FROM invoice_line l
 WHERE l.id = k.line AND l.invoice_id = ANY(%(ids)s::bigint[])
