-- The rows of a page of payments: their key, those that they name, and the rest as the text of a JSON object.
-- Params: ids
SELECT p.id, a.customer_id, p.account_id,
       json_build_object(
           'state', p.state, 'method', p.method, 'received_on', p.received_on, 'reference', p.reference,
           'customer', c.name, 'account', a.reference, 'legal_entity', s.name, 'currency', p.currency,
           'amount_minor', p.amount_minor, 'allocated_minor', p.allocated_minor,
           'left_minor', CASE p.state WHEN 'returned' THEN 0 ELSE p.amount_minor - p.allocated_minor END,
           'actor', p.actor_label, 'recorded_at', p.recorded_at)::text
  FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS asked(id, place)
  JOIN payment_payment p ON p.id = asked.id
  JOIN party_billingaccount a ON a.id = p.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN party_legalentity e ON e.id = p.legal_entity_id
  JOIN party_identity s ON s.id = e.identity_id
 ORDER BY asked.place
