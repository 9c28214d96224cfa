-- Chunks of a run have fewer drafts by these.
-- Params: run_id, invoices
UPDATE billing_chunk c SET invoiced = c.invoiced - n.drafts
  FROM (SELECT k.id, count(*) AS drafts
          FROM billing_outcome o
          JOIN party_billingaccount a ON a.id = o.account_id
          JOIN billing_chunk k ON k.run_id = o.run_id AND k.legal_entity_id = a.legal_entity_id
                              AND o.account_id BETWEEN k.first_account AND k.last_account
         WHERE o.run_id = %(run_id)s AND o.invoice_id = ANY(%(invoices)s::bigint[])
         GROUP BY k.id) n
 WHERE c.id = n.id
