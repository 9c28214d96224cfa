-- What is left of the collected advances of a part's accounts, the oldest first, a row for each tax of each.
-- Params: legal_entity_id, first_account, last_account
SELECT i.account_id, a.invoice_id, t.id, a.subscription_id, t.kind, t.category, t.rate, l.net_minor, l.tax_minor
  FROM invoice_advance a
  JOIN invoice_invoice i ON i.id = a.invoice_id
  JOIN invoice_invoicetax t ON t.invoice_id = i.id
 CROSS JOIN LATERAL invoice_advance_left(t) l
 WHERE i.legal_entity_id = %(legal_entity_id)s
   AND i.account_id BETWEEN %(first_account)s AND %(last_account)s
   AND i.state = 'issued' AND i.settled_minor = i.payable_minor
   AND l.net_minor + l.tax_minor > 0
 ORDER BY i.account_id, i.issue_date, i.id, t.position
