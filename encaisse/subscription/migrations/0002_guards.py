"""The guards of `subscription`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

# Triggers on columns, so that the hottest update, of `billed_through` alone, enters none but its own.
ITEM = """
-- Room on each page for a second version of all its rows, since rating writes one of each: no index needs to know.
ALTER TABLE subscription_item SET (fillfactor = 45);
CREATE TRIGGER item_keeps_what_it_says
    BEFORE UPDATE OF subscription_id, account_id, position, offer_id, quantity, unit_price, discount_percent,
                     discount_amount, discount_reason, starts_on, anchor_date, opened_by_id
    ON subscription_item FOR EACH ROW EXECUTE FUNCTION
    kernel_refuse('item_keeps_what_it_says', 'a segment ends, and another begins');
CREATE TRIGGER item_only_ends_sooner
    BEFORE UPDATE OF ends_on ON subscription_item FOR EACH ROW
    WHEN (OLD.ends_on IS NOT NULL AND (NEW.ends_on IS NULL OR NEW.ends_on > OLD.ends_on))
    EXECUTE FUNCTION kernel_refuse('item_only_ends_sooner', 'a segment that ended is not held again');
CREATE TRIGGER item_billed_once
    BEFORE UPDATE OF billed_through ON subscription_item FOR EACH ROW
    WHEN (NEW.billed_through < OLD.billed_through)
    EXECUTE FUNCTION kernel_refuse('item_billed_once', 'what is billed is not billed again');
"""
UNITEM = """
DROP TRIGGER item_keeps_what_it_says ON subscription_item;
DROP TRIGGER item_only_ends_sooner ON subscription_item;
DROP TRIGGER item_billed_once ON subscription_item;
"""
OWN_REFERENCE = """
ALTER TABLE subscription_subscription ADD CONSTRAINT contract_bears_a_reference_of_its_account
    FOREIGN KEY (buyer_reference_id, account_id) REFERENCES party_buyerreference (id, account_id);
"""
NO_OWN_REFERENCE = """
ALTER TABLE subscription_subscription DROP CONSTRAINT contract_bears_a_reference_of_its_account;
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("subscription", "0001_initial"),
        ("kernel", "0002_guards"),
        ("party", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.transitions(
            "subscription_subscription",
            {
                "active": ["ended", "suspended", "withdrawn"],
                "suspended": ["active", "ended", "withdrawn"],
                "ended": [],
                "withdrawn": [],
            },
            initial="active",
        ),
        guards.never_goes("subscription_subscription"),
        migrations.RunSQL(OWN_REFERENCE, NO_OWN_REFERENCE),
        guards.never_goes("subscription_item"),
        migrations.RunSQL(ITEM, UNITEM),
        guards.only_grows("subscription_event"),
    ]
