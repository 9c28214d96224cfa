-- The charges of these drafts are open again. Repeatable: a claim that is gone is gone.
-- Params: ids
DELETE FROM billing_claim k
 USING invoice_line l
 WHERE l.id = k.line AND l.invoice_id = ANY(%(ids)s::bigint[])
