-- What all drafts of a legal entity share.
-- Params: legal_entity_id
SELECT e.currency, e.identity_id, party_identity_digest(s)
  FROM party_legalentity e JOIN party_identity s ON s.id = e.identity_id
 WHERE e.id = %(legal_entity_id)s
