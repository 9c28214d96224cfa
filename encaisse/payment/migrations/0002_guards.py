"""The guards of `payment`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("payment", "0001_initial"), ("party", "0002_guards")]
    operations: ClassVar = [
        guards.transitions(
            "payment_payment",
            {"received": ["returned", "withdrawn"], "returned": [], "withdrawn": []},
            initial="received",
        ),
        guards.never_goes("payment_payment"),
        guards.frozen(
            "payment_payment",
            when="true",
            mutable=["allocated_minor", "state"],
            name="payment_frozen_once_received",
            why="a payment that was received never changes",
        ),
    ]
