"""The guards of `catalog`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("catalog", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.never_goes("catalog_product"),
        guards.never_goes("catalog_offer"),
        guards.only_grows("catalog_priceversion"),
    ]
