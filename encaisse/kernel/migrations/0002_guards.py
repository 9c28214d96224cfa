"""The guards of `kernel`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("kernel", "0001_initial")]
    operations: ClassVar = [
        guards.functions(),
        guards.only_grows("kernel_event"),
        guards.never_goes("kernel_outboxmessage"),
    ]
