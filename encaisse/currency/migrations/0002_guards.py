"""The guards of `currency`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("currency", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [guards.only_grows("currency_exchangerate")]
