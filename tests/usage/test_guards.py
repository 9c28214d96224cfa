"""Events of usage, and the queue that they wait in, under attack by raw SQL."""

import datetime as dt

import pytest

from encaisse.charge.models import ChargeUsage
from encaisse.charge.operations.usage import rate_usage
from encaisse.usage.models import Event, Waiting
from tests.guards import Attack, assert_guarded, copied
from tests.usage.stories import hold, tell

CHARGE = "INSERT INTO charge_chargeusage (event_id, charge_id) VALUES (%({event})s, %(charge)s)"
ATTACKS = [
    Attack("event_told_once_by_its_source", copied("usage_event", "waiting")),
    Attack("event_quantity_not_negative", copied("usage_event", "waiting", source="other", quantity=-1)),
    Attack("event_says_what_and_where_from", copied("usage_event", "waiting", source="")),
    Attack("usage_event_append_only", "UPDATE usage_event SET quantity = 0 WHERE id = %(waiting)s"),
    Attack("usage_event_append_only", "DELETE FROM usage_event WHERE id = %(waiting)s"),
    Attack(
        "waiting_moves_by_itself",
        "INSERT INTO usage_waiting (event_id, subscription_id) VALUES (%(charged)s, %(subscription)s)",
    ),
    Attack("waiting_moves_by_itself", "DELETE FROM usage_waiting WHERE event_id = %(waiting)s"),
    Attack("waiting_moves_by_itself", "UPDATE usage_waiting SET event_id = 0 WHERE event_id = %(waiting)s"),
    Attack("usage_was_waiting", CHARGE.format(event="charged"), also=("charge_chargeusage_pkey",)),
    Attack("charge_chargeusage_pkey", CHARGE.format(event="charged"), also=("usage_was_waiting",)),
    Attack(
        "charge_chargeusage_append_only",
        "DELETE FROM charge_chargeusage WHERE event_id = %(charged)s",
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """A contract with an event in a charge and another that waits."""
    item = hold()
    tell(item, ("2026-01-05", "10"), ("2026-02-05", "10"))
    rate_usage(
        legal_entity_id=item.account.legal_entity_id, first_account=item.account_id,
        last_account=item.account_id, cutoff_date=dt.date(2026, 2, 1),
    )  # fmt: skip
    charged = ChargeUsage.objects.get()
    return {
        "subscription": item.subscription_id,
        "charged": charged.event_id,
        "charge": charged.charge_id,
        "waiting": Event.objects.get(pk=Waiting.objects.get().event_id).pk,
    }
