-- Every original of these invoices that was never on its way is queued to each e-mail address of its account,
-- or, where the account names none, to that of its buyer, as billed, else as it is now. Addresses that differ by case
-- alone are one.
-- Unless `only_checked`, before the official rules have been asked.
-- Params: first_id, last_id, only_checked
WITH fresh AS (
    SELECT d.id AS document_id, i.account_id, coalesce(nullif(b.email, ''), n.email) AS email
      FROM document_document d
      JOIN invoice_invoice i ON i.id = d.invoice_id
      JOIN party_identity b ON b.id = i.buyer_identity_id
      JOIN party_billingaccount a ON a.id = i.account_id
      JOIN party_identity n ON n.id = a.identity_id
     WHERE i.id BETWEEN %(first_id)s AND %(last_id)s
       AND d.kind = 'facturx'
       AND NOT EXISTS (SELECT FROM delivery_delivery y WHERE y.document_id = d.id)
       AND (NOT %(only_checked)s
            OR EXISTS (SELECT FROM document_check c WHERE c.document_id = d.id AND c.verdict = 'passed'))
), wanted AS (
    SELECT f.document_id, f.email, r.address
      FROM fresh f
      LEFT JOIN party_recipient r ON r.account_id = f.account_id AND r.channel = 'email'
)
INSERT INTO delivery_delivery (document_id, channel, address, copy, state, attempts, error, message_id)
SELECT DISTINCT ON (document_id, lower(coalesce(address, email)))
       document_id, 'email', coalesce(address, email), 0, 'queued', 0, '', ''
  FROM wanted
 WHERE coalesce(address, email) <> ''
 ORDER BY document_id, lower(coalesce(address, email)), coalesce(address, email)
ON CONFLICT DO NOTHING
