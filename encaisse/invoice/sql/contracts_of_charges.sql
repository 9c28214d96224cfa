-- The contracts that charges are of, and those of what was billed by the invoice in whose place they are billed.
-- Params: ids, replaces (null: none)
SELECT DISTINCT t.subscription_id
  FROM charge_charge h JOIN subscription_item t ON t.id = h.item_id
 WHERE h.id = ANY(%(ids)s::bigint[])
    OR h.id IN (SELECT k.charge_id FROM invoice_line l JOIN billing_claim k ON k.line = l.id
                 WHERE l.invoice_id = %(replaces)s)
