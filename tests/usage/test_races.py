"""Usage that is told and rated by several at once, killed and repeated: each event once, in one charge."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import connection, connections, transaction

from encaisse.charge.models import Charge, ChargeUsage
from encaisse.charge.operations.usage import rate_usage
from encaisse.intake.models import Outcome
from encaisse.intake.operations import Verdict
from encaisse.subscription.models import Item
from encaisse.usage.models import Event, Waiting
from encaisse.usage.operations import record
from tests.flows.test_survival import dies_at_statement, in_threads
from tests.makers import CLERK
from tests.usage.stories import TIERS, event, hold, make_meter, tell


def rate(item: Item) -> None:
    with transaction.atomic():
        rate_usage(
            legal_entity_id=item.account.legal_entity_id, first_account=item.account_id,
            last_account=item.account_id, cutoff_date=dt.date(2026, 2, 1),
        )  # fmt: skip


def assert_charged_once(item: Item, *amounts: str) -> None:
    found = Charge.objects.filter(item=item).order_by("pk").values_list("amount", flat=True)
    assert list(found) == [Decimal(amount) for amount in amounts]
    assert ChargeUsage.objects.count() == Event.objects.count()
    assert not Waiting.objects.exists()
    item.refresh_from_db()
    assert item.billed_through == dt.date(2026, 2, 1)


def test_two_workers_on_the_same_accounts_charge_nothing_twice(fresh_database: str) -> None:
    item = hold(make_meter(tiers=TIERS, period_minimum=Decimal(100)))
    tell(item, ("2026-01-05", "90"), ("2026-01-06", "60"))

    assert in_threads([lambda: rate(item), lambda: rate(item)]) == []

    assert_charged_once(item, "50", "20", "30")


def test_rating_killed_at_every_statement_charges_nothing_twice(fresh_database: str) -> None:
    item = hold(make_meter(tiers=TIERS, period_minimum=Decimal(100)))
    tell(item, ("2026-01-05", "90"), ("2026-01-06", "60"))

    deaths = 0
    while dies_at_statement(deaths + 1, lambda: rate(item)):
        deaths += 1
        assert not Charge.objects.exists()
        assert Waiting.objects.count() == 2

    assert deaths >= 3
    rate(item)
    assert_charged_once(item, "50", "20", "30")


def test_what_is_told_while_it_is_rated_waits_for_the_next_run(fresh_database: str) -> None:
    item = hold(make_meter(tiers=TIERS))
    tell(item, ("2026-01-05", "90"))

    def meanwhile(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        if "INSERT INTO charge_chargeusage" in statement:
            elsewhere(lambda: tell(item, ("2026-01-06", "30")))
        return execute(statement, *rest)

    with connection.execute_wrapper(meanwhile):
        rate(item)

    assert (Charge.objects.count(), Waiting.objects.count()) == (1, 1)
    rate(item)
    assert_charged_once(item, "45", "5", "8")


def test_the_same_events_told_by_several_at_once_are_there_once(fresh_database: str) -> None:
    item = hold()
    batch = [event(item, "2026-01-05", str(n)) for n in range(40)]
    verdicts: list[list[Verdict]] = []

    def told(batch: list[Any]) -> Callable[[], None]:
        return lambda: verdicts.append(record(batch, actor=CLERK))

    assert in_threads([told(batch), told(batch[::-1]), told(batch)]) == []

    outcomes = [verdict for each in verdicts for verdict in each]
    assert (outcomes.count(Outcome.CREATED), outcomes.count(Outcome.UNCHANGED)) == (40, 80)
    assert Event.objects.count() == Waiting.objects.count() == 40


def elsewhere(work: Callable[[], Any]) -> None:
    """Do it on a connection of its own, and commit."""

    def alone() -> None:
        work()
        connections.close_all()

    thread = threading.Thread(target=alone)
    thread.start()
    thread.join()
