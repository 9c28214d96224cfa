"""The guards of `charge`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


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
    ]
