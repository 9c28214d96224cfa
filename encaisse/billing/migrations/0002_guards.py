"""The guards of `billing`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("billing", "0001_initial"), ("charge", "0002_guards")]
    operations: ClassVar = [
        guards.transitions(
            "billing_run",
            {
                "new": ["drafting", "cancelled"],
                "drafting": ["review", "cancelled"],
                "review": ["issuing", "drafting", "cancelled"],
                "issuing": ["finished", "complete"],
                "finished": ["complete"],
                "complete": [],
                "cancelled": [],
            },
            initial="new",
        ),
        guards.never_goes("billing_run"),
        guards.transitions(
            "billing_chunk",
            {
                "planned": ["rated", "cancelled"],
                "rated": ["drafted", "cancelled"],
                "drafted": ["issued", "planned", "cancelled"],
                "issued": [],
                "cancelled": [],
            },
            initial="planned",
        ),
        guards.never_goes("billing_chunk"),
        guards.never_goes("billing_cycle"),
        guards.references(
            "billing_outcome", on_update=True, run_id="billing_run", account_id="party_billingaccount"
        ),
        guards.references("billing_claim", on_update=True, charge_id="charge_charge", run_id="billing_run"),
        guards.frozen(
            "billing_claim",
            when="(OLD.charge_id, OLD.run_id) IS DISTINCT FROM (NEW.charge_id, NEW.run_id)",
            mutable=[],
            name="claim_keeps_its_charge_and_run",
            why="a claim keeps its charge and its run",
        ),
    ]
