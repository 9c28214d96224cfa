"""The guards of `catalog`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

# Positions 1..n, ends that grow, and only the last tier without one: then no tier can be added later either.
TIERS = """
CREATE FUNCTION catalog_price_tiers_are_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    price bigint := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
    tiered boolean;
    whole boolean;
BEGIN
    SELECT model IN ('graduated', 'volume') INTO tiered FROM catalog_priceversion WHERE id = price;
    SELECT count(*) > 0 AND bool_and(position = place) AND bool_and((up_to IS NULL) = (place = tiers))
           AND bool_and(up_to IS NULL OR up_to > below) INTO whole
      FROM (SELECT position, up_to, row_number() OVER w AS place, count(*) OVER () AS tiers,
                   coalesce(lag(up_to) OVER w, 0) AS below
              FROM catalog_pricetier WHERE price_version_id = price WINDOW w AS (ORDER BY position)) t;
    IF tiered IS DISTINCT FROM whole THEN
        RAISE EXCEPTION 'the tiers of catalog_priceversion % are not whole', price
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER price_has_its_tiers AFTER INSERT ON catalog_priceversion
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_price_tiers_are_whole('id');
CREATE CONSTRAINT TRIGGER tier_belongs_to_its_price AFTER INSERT ON catalog_pricetier
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION catalog_price_tiers_are_whole('price_version_id');
"""
UNTIERS = """
DROP TRIGGER tier_belongs_to_its_price ON catalog_pricetier;
DROP TRIGGER price_has_its_tiers ON catalog_priceversion;
DROP FUNCTION catalog_price_tiers_are_whole();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("catalog", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.never_goes("catalog_product"),
        guards.frozen(
            "catalog_product",
            when="true",
            mutable=["code", "name_fr", "name_en", "tax_class", "unit"],
            name="product_keeps_its_first_account",
            why="where a product is posted to changes by a mapping of the ledger",
        ),
        guards.never_goes("catalog_offer"),
        guards.never_goes("catalog_priceversion"),
        guards.frozen(
            "catalog_priceversion",
            when="OLD.valid_to IS NULL",
            mutable=["valid_to"],
            name="price_never_changes",
            why="a price never changes, it ends",
        ),
        guards.frozen(
            "catalog_priceversion",
            when="OLD.valid_to IS NOT NULL",
            mutable=[],
            name="price_ends_once",
            why="the end of a price is said once",
        ),
        guards.only_grows("catalog_advancerule"),
        guards.only_grows("catalog_pricetier"),
        migrations.RunSQL(TIERS, UNTIERS),
    ]
