"""The guards of `delivery`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("delivery", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.transitions(
            "delivery_delivery",
            {"queued": ["sent", "failed"], "failed": ["queued"], "sent": []},
            initial="queued",
        ),
        guards.never_goes("delivery_delivery"),
    ]
