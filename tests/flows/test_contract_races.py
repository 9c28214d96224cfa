"""A contract that changes while it is rated: no charge is lost, none is made twice."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection, connections

from encaisse.billing.models import Outcome
from encaisse.charge.models import Charge
from encaisse.flows import billing_cycle, books
from encaisse.flows.change_contract import change_contract
from encaisse.subscription.models import Item
from encaisse.subscription.rules.changes import Hold, Terminate, Terms
from tests.flows.stories import ACTOR, bill, seller
from tests.makers import make_account, make_price, make_scope, make_subscription

SCOPE = make_scope("manage_contracts", "bill")
FEBRUARY, TENTH = dt.date(2026, 2, 2), dt.date(2026, 2, 10)


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """The work, done meanwhile over a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def before(words: str, act: Callable[[], object]) -> Callable[..., object]:
    """A wrapper that acts once, before the first statement that has these words."""
    done = False

    def wrapper(execute: Callable[..., object], statement: str, *rest: object) -> object:
        nonlocal done
        if words in statement and not done:
            done = True
            act()
        return execute(statement, *rest)

    return wrapper


def held() -> Item:
    """30.00 a month in advance since 1 January, January billed."""
    entity = seller()
    item = make_subscription(make_price(), account=make_account(legal_entity=entity))
    bill(entity, dt.date(2026, 1, 2))
    return item


def assert_kept(item: Item, amount: str) -> None:
    made = Charge.objects.filter(item__subscription=item.subscription_id)
    assert sum(made.values_list("amount", flat=True)) == Decimal(amount)
    assert not Outcome.objects.filter(outcome="exception").exists()
    assert list(books.check()) == []


def test_a_contract_that_ends_between_its_reading_and_its_rating_is_rated_as_it_ended(
    fresh_database: str,
) -> None:
    item = held()

    def end() -> None:
        in_thread(lambda: change_contract(SCOPE, item.subscription_id, Terminate(TENTH))).join()

    with connection.execute_wrapper(before("SET billed_through = n.through", end)):
        bill(item.account.legal_entity, FEBRUARY)

    assert not Charge.objects.filter(kind="credit").exists()
    assert_kept(item, "39.642857")  # January, and 9 days of 28


def test_a_contract_that_is_rated_while_it_ends_waits_and_is_rated_as_it_ended(fresh_database: str) -> None:
    item = held()
    runs: list[threading.Thread] = []

    def rate() -> None:
        runs.append(in_thread(lambda: bill(item.account.legal_entity, FEBRUARY)))
        runs[0].join(timeout=1)

    with connection.execute_wrapper(before("SET ends_on = n.ends_on", rate)):
        change_contract(SCOPE, item.subscription_id, Terminate(TENTH))
    runs[0].join()

    assert_kept(item, "39.642857")


def test_an_event_that_comes_while_a_contract_is_rated_waits_and_gives_back(fresh_database: str) -> None:
    item = held()
    ends: list[threading.Thread] = []

    def end() -> None:
        told = Terminate(TENTH)
        ends.append(in_thread(lambda: change_contract(SCOPE, item.subscription_id, told)))
        ends[0].join(timeout=1)

    with connection.execute_wrapper(before('UPDATE "billing_chunk"', end)):
        run_id = bill(item.account.legal_entity, FEBRUARY, issue=False)
    ends[0].join()
    billing_cycle.issue(run_id, actor=ACTOR)

    (credit,) = Charge.objects.filter(kind="credit")
    assert credit.amount == Decimal("-20.357143")
    assert_kept(item, "39.642857")


@pytest.mark.parametrize("turn", range(3))
def test_events_and_runs_at_once_charge_what_they_would_one_after_the_other(
    fresh_database: str, turn: int
) -> None:
    item = held()
    entity = item.account.legal_entity
    events = [
        Hold(dt.date(2026, 2, 1 + 3 * number), 1, Terms(item.offer_id, Decimal(2 + number)))
        for number in range(6)
    ]

    def change() -> None:
        for event in events[turn:] + events[:turn]:
            change_contract(SCOPE, item.subscription_id, event)

    threads = [in_thread(change), *(in_thread(lambda: bill(entity, FEBRUARY)) for _ in range(2))]
    for thread in threads:
        thread.join()
    bill(entity, dt.date(2026, 3, 1))

    last = Charge.objects.filter(item__subscription=item.subscription_id, period_to=dt.date(2026, 3, 1))
    assert last.filter(kind="recurring").exists()
    held_on = {
        day: Item.objects.get(subscription=item.subscription_id, starts_on__lte=day, ends_on__gt=day).quantity
        if day < Item.objects.get(subscription=item.subscription_id, ends_on=None).starts_on
        else Item.objects.get(subscription=item.subscription_id, ends_on=None).quantity
        for day in (dt.date(2026, 2, number) for number in range(1, 29))
    }
    expected = Decimal(30) + sum(held_on.values()) * Decimal(30) / 28
    made = Charge.objects.filter(item__subscription=item.subscription_id).values_list("amount", flat=True)
    assert abs(sum(made) - expected) < Decimal("0.0001")
    assert list(books.check()) == []
