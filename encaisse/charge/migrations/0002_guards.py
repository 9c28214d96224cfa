"""The guards of `charge`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

WAITING = """
-- An event that is charged waited until then, and waits no longer: none is charged twice, nor one that nobody told.
CREATE FUNCTION charge_usage_was_waiting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken bigint;
BEGIN
    DELETE FROM usage_waiting w USING new_rows n WHERE w.event_id = n.event_id;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken <> (SELECT count(*) FROM new_rows) THEN
        RAISE EXCEPTION 'an event that is charged did not wait to be'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_was_waiting', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER usage_was_waiting AFTER INSERT ON charge_chargeusage
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION charge_usage_was_waiting();
"""
UNWAITING = """
DROP TRIGGER usage_was_waiting ON charge_chargeusage;
DROP FUNCTION charge_usage_was_waiting();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("charge", "0001_initial"),
        ("party", "0002_guards"),
        ("subscription", "0002_guards"),
        ("catalog", "0002_guards"),
        ("usage", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.only_grows("charge_charge"),
        guards.references(
            "charge_charge",
            account_id="party_billingaccount",
            product_id="catalog_product",
            item_id="subscription_item",
            price_version_id="catalog_priceversion",
            buyer_reference_id="party_buyerreference",
            reverses_id="charge_charge",
        ),
        guards.only_grows("charge_chargeusage"),
        guards.references("charge_chargeusage", event_id="usage_event", charge_id="charge_charge"),
        migrations.RunSQL(WAITING, UNWAITING),
    ]
