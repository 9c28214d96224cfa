-- What a draft needs to know of each account of a part of a chunk that has no outcome in this run yet.
-- The digests name the content of the identities, which the seal of each invoice covers.
-- Params: run_id, legal_entity_id, first_account, last_account, accounts (null: all)
WITH seller AS MATERIALIZED (
    SELECT s.id, party_identity_digest(s) AS digest
      FROM party_legalentity e JOIN party_identity s ON s.id = e.identity_id
     WHERE e.id = %(legal_entity_id)s
)
SELECT a.id, a.legal_entity_id, a.currency, e.currency,
       e.identity_id, a.identity_id, seller.digest, party_identity_digest(b),
       c.language, a.terms_kind, a.terms_days, a.terms_day, a.terms_plan,
       b.name, b.siren, b.vat_number, b.address_1, b.postcode, b.city, b.country, b.email, b.is_business
  FROM party_billingaccount a
  JOIN party_legalentity e ON e.id = a.legal_entity_id
  JOIN seller ON seller.id = e.identity_id
  JOIN party_identity b ON b.id = a.identity_id
  JOIN party_customer c ON c.id = a.customer_id
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND a.id BETWEEN %(first_account)s AND %(last_account)s
   AND (%(accounts)s::bigint[] IS NULL OR a.id = ANY(%(accounts)s::bigint[]))
   AND a.state = 'active'
   AND NOT EXISTS (SELECT FROM billing_outcome o WHERE o.run_id = %(run_id)s AND o.account_id = a.id)
 ORDER BY a.id
