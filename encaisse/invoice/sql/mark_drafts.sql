-- These drafts are in this state.
-- Params: ids, state
UPDATE invoice_invoice
   SET state = %(state)s
 WHERE id = ANY(%(ids)s::bigint[])
