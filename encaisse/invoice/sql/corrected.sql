-- The newest issued invoice of an account that billed the items whose charges give something back; else its newest.
-- Params: account_id, charges (array literal)
SELECT i.id
  FROM invoice_invoice i
 WHERE i.account_id = %(account_id)s AND i.kind = 'invoice' AND i.state = 'issued'
 ORDER BY EXISTS (SELECT FROM charge_charge given_back
                    JOIN charge_charge h ON h.account_id = given_back.account_id AND h.item_id = given_back.item_id
                    JOIN billing_claim k ON k.charge_id = h.id
                    JOIN invoice_line l ON l.id = k.line
                   WHERE given_back.id = ANY(%(charges)s::bigint[]) AND l.invoice_id = i.id) DESC,
          i.issue_date DESC, i.id DESC
 LIMIT 1
