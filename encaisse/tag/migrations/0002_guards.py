"""The guards of `tag`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("tag", "0001_initial"), ("invoice", "0002_guards")]
    operations: ClassVar = [guards.references("tag_tagged", on_update=True, invoice_id="invoice_invoice")]
