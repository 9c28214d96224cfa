-- The VAT numbers of member states that active accounts have, of which no answer is newer than `since`, and which were
-- not asked for in vain after `tried`: what was never asked first, then the oldest answer. With them the number of the
-- seller who asks. Params: since, tried, number (null: all), most
WITH held AS (
    SELECT b.vat_number AS number, min(s.vat_number) AS requester
      FROM party_billingaccount a
      JOIN party_identity b ON b.id = a.identity_id
      JOIN party_legalentity e ON e.id = a.legal_entity_id
      JOIN party_identity s ON s.id = e.identity_id
     WHERE a.state = 'active' AND e.sandbox_of_id IS NULL AND b.vat_number <> ''
       AND b.country = ANY(%(countries)s::text[])
       AND (%(number)s::text IS NULL OR b.vat_number = %(number)s)
     GROUP BY b.vat_number
)
SELECT h.number, h.requester
  FROM held h
  LEFT JOIN LATERAL (
      SELECT max(c.checked_at) FILTER (WHERE c.verdict <> 'away') AS told, max(c.checked_at) AS asked
        FROM tax_numbercheck c WHERE c.number = h.number
  ) c ON true
 WHERE %(number)s::text IS NOT NULL
    OR (c.told IS NULL OR c.told < %(since)s) AND (c.asked IS NULL OR c.asked < %(tried)s)
 ORDER BY c.told NULLS FIRST, h.number
 LIMIT %(most)s
