-- The rows of a page of documents: their key, those that they name, and the rest as the text of a JSON object.
-- They are the `ids`, in their order; or, asked for the `newest`, those before `before` that are not withdrawn, of the
-- legal entities told (every one when they are null), newest first.
-- The plan is kept and knows no parameter: that a page is short is written down for it, and of a CASE it expects half.
-- Params: ids, newest, before, entities, hidden, most, now
WITH asked AS (
    SELECT id, place FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS given(id, place)
     UNION ALL
    SELECT id, -id FROM (
        SELECT i.id FROM invoice_invoice i
         WHERE %(newest)s::boolean AND i.id < %(before)s::bigint AND i.state <> 'withdrawn'
           AND CASE WHEN i.account_id = ANY (ARRAY(SELECT id FROM party_billingaccount WHERE state = 'withdrawn'))
                    THEN false
                    WHEN i.legal_entity_id = ANY (%(hidden)s::bigint[]) THEN false
                    WHEN %(entities)s::bigint[] IS NULL THEN true
                    ELSE i.legal_entity_id = ANY (%(entities)s::bigint[]) END
         ORDER BY i.id DESC LIMIT 201) newest
     LIMIT %(most)s::int
)
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
  FROM asked
  JOIN invoice_invoice i ON i.id = asked.id
  JOIN party_billingaccount a ON a.id = i.account_id
  JOIN party_customer c ON c.id = a.customer_id
  JOIN party_legalentity e ON e.id = i.legal_entity_id
  JOIN party_identity s ON s.id = e.identity_id
 ORDER BY asked.place
