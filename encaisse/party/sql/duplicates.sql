-- The customers of a legal entity that these look like, the best reason first. Establishments of one company whose
-- SIRETs differ are not the same.
-- Params: rows (JSON: place, siren, siret, vat_number, match_key), legal_entity_id
SELECT DISTINCT ON (n.place) n.place, c.reference, c.name, f.by
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(place int, siren text, siret text, vat_number text, match_key text)
 CROSS JOIN LATERAL (
       SELECT i.id, i.siret, 1 AS rank, 'siren' AS by
         FROM party_identity i WHERE i.siren = n.siren AND i.siren <> ''
        UNION ALL
       SELECT i.id, i.siret, 2, 'vat_number'
         FROM party_identity i WHERE i.vat_number = n.vat_number AND i.vat_number <> ''
        UNION ALL
       SELECT i.id, i.siret, 3, 'name'
         FROM party_identity i WHERE i.match_key = n.match_key AND i.match_key <> '') f
  JOIN party_billingaccount a
    ON a.identity_id = f.id AND a.legal_entity_id = %(legal_entity_id)s AND a.state = 'active'
  JOIN party_customer c ON c.id = a.customer_id AND c.reference = a.reference
 WHERE f.rank = 3 OR f.siret = '' OR n.siret = '' OR f.siret = n.siret
 ORDER BY n.place, f.rank, c.id
