-- What is stored under these references: keys first, then what an import would say, as the fields of its
-- rows, the terms being kind, days, day and plan. A reference is a customer's, an account's or, as usual, both.
-- Params: references
SELECT c.id, c.content_hash, c.state, a.id, a.customer_id, a.legal_entity_id, i.capital, i.registry,
       i.professional_tax, i.social_security, i.id,
       r.reference, i.name, i.is_business, i.legal_form, i.siren, i.siret, i.vat_number, i.address_1,
       i.address_2, i.postcode, i.city, i.country, i.phone, i.email, a.payment_method, a.iban,
       a.terms_kind, a.terms_days, a.terms_day, a.terms_plan,
       c.credit_limit_minor, coalesce(p.name, ''), c.since_date, a.currency, c.language,
       coalesce(b.order_reference, ''), coalesce(b.contract_reference, ''), coalesce(b.buyer_reference, ''),
       a.requires_reference, c.credit_category, coalesce(i.ice, ''), coalesce(i.fiscal_number, '')
  FROM unnest(%(references)s::text[]) AS r(reference)
  LEFT JOIN party_customer c ON c.reference = r.reference
  LEFT JOIN party_rep p ON p.id = c.rep_id
  LEFT JOIN party_billingaccount a ON a.reference = r.reference
  LEFT JOIN party_buyerreference b ON b.id = a.buyer_reference_id
  LEFT JOIN party_identity i ON i.id = a.identity_id
 WHERE c.id IS NOT NULL OR a.id IS NOT NULL
