-- Accounts that a run set aside have no outcome any more, unless they have an invoice of it as well.
-- Params: run_id, reason ('': any), accounts (null: any)
DELETE FROM billing_outcome o
 WHERE o.run_id = %(run_id)s AND o.outcome = 'exception'
   AND (%(reason)s = '' OR o.reason = %(reason)s)
   AND (%(accounts)s::bigint[] IS NULL OR o.account_id = ANY(%(accounts)s::bigint[]))
   AND NOT EXISTS (SELECT FROM billing_outcome i
                    WHERE i.run_id = o.run_id AND i.account_id = o.account_id AND i.outcome = 'invoiced')
