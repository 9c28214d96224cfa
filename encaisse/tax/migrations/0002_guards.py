"""The guards of `tax`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("tax", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.never_goes("tax_tax"),
        guards.only_grows("tax_component"),
        guards.only_grows("tax_regime"),
    ]
