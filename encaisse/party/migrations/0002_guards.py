"""The guards of `party`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("party", "0001_initial"), ("kernel", "0002_guards")]
    operations: ClassVar = [
        guards.only_grows("party_identity"),
        guards.never_goes("party_legalentity"),
        guards.never_goes("party_customer"),
        guards.never_goes("party_billingaccount"),
        guards.frozen(
            "party_billingaccount",
            when="(OLD.legal_entity_id, OLD.currency) IS DISTINCT FROM (NEW.legal_entity_id, NEW.currency)",
            mutable=[],
            name="account_keeps_its_entity_and_currency",
            why="an account keeps its legal entity and its currency",
        ),
    ]
