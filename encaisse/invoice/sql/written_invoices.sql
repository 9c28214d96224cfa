-- The rows of a page of documents: their key, those that they name, and the rest as the text of a JSON object.
-- Params: ids, now
SELECT i.id, a.customer_id, i.account_id, i.legal_entity_id,
       json_build_object(
           'kind', i.kind, 'state', i.state, 'number', i.number, 'issue_date', i.issue_date, 'due_date', i.due_date,
           'customer', c.name, 'account', a.reference, 'legal_entity', s.name, 'currency', i.currency,
           'net_minor', i.net_minor, 'tax_minor', i.tax_minor, 'gross_minor', i.gross_minor,
           'payable_minor', i.payable_minor, 'settled_minor', i.settled_minor,
           'open_minor', CASE i.state WHEN 'issued' THEN i.payable_minor - i.settled_minor ELSE 0 END,
           'days_late', CASE WHEN i.state = 'issued' AND i.kind = 'invoice' AND i.settled_minor <> i.payable_minor
               THEN greatest(0, coalesce((%(now)s::timestamptz AT TIME ZONE e.timezone)::date - i.due_date, 0))
               ELSE 0 END)::text
  FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS asked(id, place)
  JOIN invoice_invoice i ON i.id = asked.id
  JOIN party_billingaccount a ON a.id = i.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN party_legalentity e ON e.id = i.legal_entity_id
  JOIN party_identity s ON s.id = e.identity_id
 ORDER BY asked.place
