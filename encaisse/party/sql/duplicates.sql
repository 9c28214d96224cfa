-- The customer of a legal entity that each of these looks like, for the best reason, looked up by the indexes whatever
-- the statistics say. Establishments of one company whose SIRETs differ are not the same.
-- Params: rows (JSON: place, siren, siret, vat_number, match_key), legal_entity_id
SELECT n.place, f.reference, f.name, f.by
  FROM jsonb_to_recordset(%(rows)s::jsonb) AS n(place int, siren text, siret text, vat_number text, match_key text)
 CROSS JOIN LATERAL (
       SELECT c.reference, c.name, x.by
         FROM (SELECT i.id, i.siret, 1 AS rank, 'siren' AS by
                 FROM party_identity i WHERE i.siren = n.siren AND i.siren <> ''
                UNION ALL
               SELECT i.id, i.siret, 2, 'vat_number'
                 FROM party_identity i WHERE i.vat_number = n.vat_number AND i.vat_number <> ''
                UNION ALL
               SELECT i.id, '', 3, 'name'
                 FROM party_identity i WHERE i.match_key = n.match_key AND i.match_key <> ''
               OFFSET 0) x
        CROSS JOIN LATERAL (SELECT a.customer_id, a.reference
                              FROM party_billingaccount a
                             WHERE a.identity_id = x.id AND a.legal_entity_id = %(legal_entity_id)s
                               AND a.state = 'active'
                            OFFSET 0) a
         JOIN party_customer c ON c.id = a.customer_id AND c.reference = a.reference
        WHERE x.siret = '' OR n.siret = '' OR x.siret = n.siret
        ORDER BY x.rank, c.id
        LIMIT 1) f
