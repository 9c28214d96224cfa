-- One more copy of the duplicate of an invoice is queued to each e-mail address of its account as it is now, or,
-- where the account names none, to that of its buyer, unless one still waits there. Returns the new deliveries.
-- Params: invoice_id
WITH wanted AS (
    SELECT DISTINCT ON (lower(coalesce(r.address, b.email)))
           d.id AS document_id, coalesce(r.address, b.email) AS address
      FROM document_document d
      JOIN invoice_invoice i ON i.id = d.invoice_id
      JOIN party_billingaccount a ON a.id = i.account_id
      JOIN party_identity b ON b.id = a.identity_id
      LEFT JOIN party_recipient r ON r.account_id = a.id AND r.channel = 'email'
     WHERE i.id = %(invoice_id)s AND d.kind = 'duplicate' AND coalesce(r.address, b.email) <> ''
     ORDER BY lower(coalesce(r.address, b.email)), coalesce(r.address, b.email)
)
INSERT INTO delivery_delivery (document_id, channel, address, copy, state, attempts, error, message_id)
SELECT w.document_id, 'email', w.address,
       1 + coalesce((SELECT max(y.copy) FROM delivery_delivery y
                      WHERE (y.document_id, y.channel, y.address) = (w.document_id, 'email', w.address)), 0),
       'queued', 0, '', ''
  FROM wanted w
 WHERE NOT EXISTS (SELECT FROM delivery_delivery y
                    WHERE (y.document_id, y.channel, y.address, y.state) = (w.document_id, 'email', w.address, 'queued'))
 ORDER BY w.address
RETURNING id
