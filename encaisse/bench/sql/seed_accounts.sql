-- Customers with an identity and a billing account each.
-- Params: count, legal_entity_id
WITH made AS (
    INSERT INTO party_identity (name, legal_form, capital, siren, siret, vat_number, registry, address_1, address_2,
                                postcode, city, country, email, phone, is_business, match_key, ice, fiscal_number,
                                professional_tax, social_security)
    SELECT 'Client ' || n, 'SAS', '', '732829320', '', 'FR44732829320', '', n || ', rue de la Paix', '',
           lpad((mod(n, 95) * 1000 + 100 + mod(n, 700))::text, 5, '0'), 'Ville ' || mod(n, 500), 'FR',
           'c' || n || '@client.example', '', true, '', '', '', '', ''
      FROM generate_series(1, %(count)s) n
 RETURNING id
), customer AS (
    INSERT INTO party_customer (reference, name, sort_key, language, credit_currency, credit_category, state, content_hash)
    SELECT 'BENCH' || id, 'Client ' || id, 'client ' || id, 'fr', 'EUR', '', 'active', '' FROM made
 RETURNING id, reference
)
INSERT INTO party_billingaccount (reference, key, customer_id, legal_entity_id, identity_id, currency, terms_kind,
                                  terms_days, terms_plan, requires_reference, payment_method, iban, state)
SELECT c.reference, '', c.id, %(legal_entity_id)s, m.id, 'EUR', 'net_days', 30, '', '', 'transfer', '', 'active'
  FROM customer c JOIN made m ON 'BENCH' || m.id = c.reference
 ORDER BY m.id
