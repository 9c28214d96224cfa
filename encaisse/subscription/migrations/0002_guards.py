"""The guards of `subscription`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("subscription", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.transitions(
            "subscription_subscription",
            {"active": ["ended", "withdrawn"], "ended": [], "withdrawn": []},
            initial="active",
        ),
        guards.never_goes("subscription_subscription"),
        guards.never_goes("subscription_item"),
    ]
