"""The guards of `party`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

DIGEST = r"""
-- The content of an identity in 32 bytes, for the seals of the documents that name it. The list of columns is
-- part of the seal's version: a column added later joins a new version, not this one. National numbers join where
-- there are any, so that the identity of who has none is sealed as it ever was.
CREATE FUNCTION party_identity_digest(i party_identity) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(concat_ws(E'\x1f', i.id, i.name, i.legal_form, i.capital, i.siren, i.siret,
        i.vat_number, i.registry, i.address_1, i.address_2, i.postcode, i.city, i.country, i.email, i.phone,
        i.is_business, nullif(concat_ws(E'\x1e', i.ice, i.fiscal_number, i.professional_tax, i.social_security),
                              repeat(E'\x1e', 3))), 'UTF8'))
$$;
"""
OWN_REFERENCE = """
-- An account names a reference of its own: other tables that carry both keys may refer to the pair likewise.
ALTER TABLE party_buyerreference ADD CONSTRAINT buyer_reference_with_its_account UNIQUE (id, account_id);
ALTER TABLE party_billingaccount ADD CONSTRAINT account_bears_a_reference_of_its_own
    FOREIGN KEY (buyer_reference_id, id) REFERENCES party_buyerreference (id, account_id);
"""
NO_OWN_REFERENCE = """
ALTER TABLE party_billingaccount DROP CONSTRAINT account_bears_a_reference_of_its_own;
ALTER TABLE party_buyerreference DROP CONSTRAINT buyer_reference_with_its_account;
"""
UNDIGEST = "DROP FUNCTION party_identity_digest(party_identity);"


# Where the server has pg_trgm and lets us, a part of a name is found by an index; elsewhere every name is read.
PARTS_OF_NAMES = """
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX customer_by_part_of_name ON party_customer USING gin (sort_key gin_trgm_ops);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    RAISE NOTICE 'pg_trgm is not to be had: names are searched without an index';
END $$;
"""
# A reference is typed in any case, by its beginning.
IN_CAPITALS = """
CREATE INDEX customer_by_reference_in_capitals ON party_customer (upper(reference) text_pattern_ops);
CREATE INDEX account_by_reference_in_capitals ON party_billingaccount (upper(reference) text_pattern_ops);
CREATE INDEX account_by_order_in_capitals ON party_buyerreference (upper(order_reference) text_pattern_ops);
"""
NOT_IN_CAPITALS = """
DROP INDEX customer_by_reference_in_capitals;
DROP INDEX account_by_reference_in_capitals;
DROP INDEX account_by_order_in_capitals;
"""
NO_PARTS_OF_NAMES = "DROP INDEX IF EXISTS customer_by_part_of_name"


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("party", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.only_grows("party_customerchange"),
        guards.only_grows("party_identity"),
        guards.never_goes("party_category"),
        guards.frozen(
            "party_category",
            when="OLD.code IS DISTINCT FROM NEW.code",
            mutable=[],
            name="category_keeps_its_code",
            why="rules and imports name a category by its code",
        ),
        migrations.RunSQL(DIGEST, UNDIGEST),
        guards.never_goes("party_legalentity"),
        guards.frozen(
            "party_legalentity",
            when="OLD.chart IS DISTINCT FROM NEW.chart",
            mutable=[],
            name="legal_entity_keeps_its_chart",
            why="a legal entity keeps its chart of accounts",
        ),
        guards.transitions(
            "party_customer", {"active": ["withdrawn"], "withdrawn": ["active"]}, initial="active"
        ),
        guards.never_goes("party_customer"),
        guards.transitions(
            "party_billingaccount", {"active": ["withdrawn"], "withdrawn": ["active"]}, initial="active"
        ),
        guards.never_goes("party_billingaccount"),
        guards.only_grows("party_buyerreference"),
        migrations.RunSQL(OWN_REFERENCE, NO_OWN_REFERENCE),
        guards.frozen(
            "party_billingaccount",
            when="(OLD.legal_entity_id, OLD.currency) IS DISTINCT FROM (NEW.legal_entity_id, NEW.currency)",
            mutable=[],
            name="account_keeps_its_entity_and_currency",
            why="an account keeps its legal entity and its currency",
        ),
        migrations.RunSQL(PARTS_OF_NAMES, NO_PARTS_OF_NAMES),
        migrations.RunSQL(IN_CAPITALS, NOT_IN_CAPITALS),
    ]
