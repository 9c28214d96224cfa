-- What a draft needs to know of each account of a part of a chunk that has no outcome in this run yet. What its
-- invoices repeat stands last, in the order of `rules.rows.INVOICE_COLUMNS`.
-- `is_ready` spares a look at the identity: with all of this `rules.judge.require_buyer` refuses nobody.
-- The digest names the content of the identity, which the seal of each invoice covers.
-- Params: run_id, legal_entity_id, first_account, last_account, accounts (null: all)
SELECT a.id AS account_id, a.currency, encode(party_identity_digest(b), 'hex') AS buyer_digest, a.requires_reference,
       b.name <> '' AND b.address_1 <> '' AND b.city <> '' AND b.country <> '' AND b.postcode <> ''
           AND (b.ice <> '' OR b.country <> 'MA' OR NOT b.is_business)
           AND (b.siren <> '' OR b.email <> '' AND (NOT b.is_business OR b.country <> 'FR')) AS is_ready,
       b.country, b.postcode, b.vat_number, b.is_business, c.category_id,
       a.identity_id AS buyer_identity_id, c.language, a.terms_kind, a.terms_days, a.terms_day, a.terms_plan
  FROM party_billingaccount a
  JOIN party_identity b ON b.id = a.identity_id
  JOIN party_customer c ON c.id = a.customer_id
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND a.id BETWEEN %(first_account)s AND %(last_account)s
   AND (%(accounts)s::bigint[] IS NULL OR a.id = ANY(%(accounts)s::bigint[]))
   AND a.state = 'active'
   AND NOT EXISTS (SELECT FROM billing_outcome o WHERE o.run_id = %(run_id)s AND o.account_id = a.id)
 ORDER BY a.id
