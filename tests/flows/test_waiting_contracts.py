"""Stories of contracts that wait for what they were promised against."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.charge.models import Charge
from encaisse.kernel.scope import Scope
from encaisse.subscription.errors import ContractWaiting, NotWaiting
from encaisse.subscription.models import Item, Subscription
from encaisse.subscription.operations.change import change
from encaisse.subscription.operations.conditions import abandon, meet, unmeet
from encaisse.subscription.operations.start import NewContract, start
from encaisse.subscription.queries import contract
from encaisse.subscription.rules.changes import Suspend, Terms
from tests.flows.stories import bill, seller
from tests.makers import CLERK, make_account, make_offer, make_price, make_scope

pytestmark = pytest.mark.django_db
SCOPE: Scope = make_scope()


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def waiting(*kinds: str, **fields) -> Subscription:
    """A contract of 30.00 a month from the day of its anniversary on, agreed from 10 January on."""
    offer = make_price(offer=make_offer(alignment="anniversary")).offer
    account = make_account(legal_entity=seller())
    said = {"start_date": day("01-10"), "waits_for": frozenset(kinds), "terms": [Terms(offer.pk, Decimal(1))]}
    key = start(NewContract("K-1", account.pk, **said | fields), actor=CLERK)
    return Subscription.objects.get(pk=key)


def met(waits: Subscription, kind: str, on: str) -> bool:
    return meet(waits.pk, kind, on=day(on), actor=CLERK)


def billed(waits: Subscription, cutoff: str) -> list[tuple[str, str]]:
    bill(waits.account.legal_entity, day(cutoff))
    charges = Charge.objects.order_by("period_from").values_list("period_from", "period_to")
    return [(first.isoformat()[5:], until.isoformat()[5:]) for first, until in charges]


def test_a_contract_begins_on_the_day_on_which_the_last_it_waits_for_is_there() -> None:
    waits = waiting("advance", "deposit", term_months=12)
    assert billed(waits, "01-20") == []

    assert not met(waits, "deposit", "02-03")
    assert not met(waits, "deposit", "02-04")  # told again, it changes nothing
    assert unmeet(waits.pk, "deposit", actor=CLERK)
    assert not met(waits, "advance", "02-05")
    assert contract(SCOPE, waits.pk).conditions == (("advance", day("02-05")), ("deposit", None))
    assert met(waits, "deposit", "02-14")

    waits.refresh_from_db()
    assert (waits.state, waits.start_date, waits.end_date) == ("active", day("02-14"), dt.date(2027, 2, 14))
    assert billed(waits, "03-20") == [("02-14", "03-14"), ("03-14", "04-14")]
    assert [event.kind for event in waits.events.order_by("seq")] == ["start", "activate"]
    assert not unmeet(waits.pk, "deposit", actor=CLERK)  # what has begun goes on


def test_a_contract_never_begins_before_the_day_agreed() -> None:
    waits = waiting("advance", start_date=day("03-01"))

    assert met(waits, "advance", "02-14")

    assert Subscription.objects.get().start_date == day("03-01")
    assert billed(waits, "03-20") == [("03-01", "04-01")]


def test_nothing_of_a_contract_that_waits_changes_until_it_is_abandoned() -> None:
    waits = waiting("advance")
    with pytest.raises(ContractWaiting):
        change(waits.pk, Suspend(day("02-01")), today=day("01-15"), actor=CLERK)

    abandon(waits.pk, on=day("02-01"), actor=CLERK)

    assert Subscription.objects.get().state == "ended"
    assert list(Item.objects.values_list("starts_on", "ends_on")) == [(day("01-10"), day("01-10"))]
    assert not met(waits, "advance", "02-02")
    assert billed(waits, "03-20") == []
    with pytest.raises(NotWaiting):
        abandon(waits.pk, on=day("02-01"), actor=CLERK)


def test_what_comes_after_the_end_of_its_contract_begins_nothing() -> None:
    waits = waiting("advance", end_date=day("02-10"))

    assert not met(waits, "advance", "02-10")

    assert Subscription.objects.get().state == "ended"
    assert billed(waits, "03-20") == []
