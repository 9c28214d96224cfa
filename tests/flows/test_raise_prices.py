"""Prices that rise in one go: worked out for each contract, rehearsed, then done once."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.flows import mass_actions
from encaisse.kernel import clock, jobs
from encaisse.kernel.errors import NotFound
from encaisse.kernel.models import Job, JobItem
from encaisse.kernel.references import public_id
from encaisse.subscription.errors import LaterPricePlanned, NothingToRaise
from encaisse.subscription.models import Event, Item
from encaisse.subscription.rules.records import NewItem, OfferFacts
from encaisse.subscription.rules.rises import Rise, moves, raised
from tests.desk.signed_in import signed_in, words
from tests.makers import make_price, make_scope, make_subscription

pytestmark = pytest.mark.django_db
APRIL = dt.date(2026, 4, 1)


@pytest.fixture(autouse=True)
def _in_february(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda zone: dt.date(2026, 2, 10))


def test_a_percentage_keeps_the_decimals_of_the_price_and_of_the_currency():
    rise = Rise(APRIL, percent=Decimal("3.5"))

    assert raised(Decimal("49"), rise, 2) == Decimal("50.72")
    assert raised(Decimal("0.025"), rise, 2) == Decimal("0.026")
    assert raised(Decimal("1000"), Rise(APRIL, percent=Decimal("-2")), 0) == 980
    assert raised(Decimal("49"), Rise(APRIL, unit_price=Decimal("55")), 2) == 55


def _segment(
    position: int, offer_id: int, price: str | None, starts_on: dt.date = dt.date(2026, 1, 1)
) -> NewItem:
    agreed = None if price is None else Decimal(price)
    first = (0, 0, 0, position, offer_id, Decimal(1), agreed, Decimal(0), None, "")
    return NewItem(*first, starts_on, None, starts_on, starts_on, None, None)


def test_what_has_no_unit_price_stays_and_what_is_agreed_for_later_is_not_run_over():
    facts = ("recurring", "month", 1, "advance", "calendar", "day")
    offers = {key: OfferFacts(key, f"O{key}", *facts) for key in (1, 2)}
    rise = Rise(APRIL, percent=Decimal(10))
    agreed, listed, tiers = _segment(1, 1, "20"), _segment(2, 2, None), _segment(3, 1, None)

    assert [each[2:] for each in moves([agreed, listed, tiers], offers, {2: Decimal(5)}, rise, 2)] == [
        (Decimal(20), Decimal(22)), (Decimal(5), Decimal("5.50"))
    ]  # fmt: skip
    with pytest.raises(NothingToRaise):
        moves([tiers], offers, {}, rise, 2)
    with pytest.raises(LaterPricePlanned):
        later = [agreed._replace(ends_on=dt.date(2026, 6, 1)), _segment(1, 1, "25", dt.date(2026, 6, 1))]
        moves(later, offers, {}, rise, 2)


def test_a_rise_is_rehearsed_then_carried_out_once_for_the_contracts_that_passed():
    client = signed_in()
    price = make_price(unit_price="49")
    listed, agreed = make_subscription(price), make_subscription(price, unit_price=Decimal("40"))
    noticed = make_subscription(price, notice_days=90)
    rows = [public_id("sub", each.subscription_id) for each in (listed, agreed, noticed)]
    said = {"confirmed": "1", "act": "contracts.raise_prices", "row": rows, "on": "2026-04-01"}

    both = client.post("/mass/contracts", said | {"percent": "3.5", "unit_price": "55"})
    assert "one of the two" in words(both.content.decode())
    assert client.post("/mass/contracts", said | {"percent": "3.5"}).status_code == 302
    rehearsal = Job.objects.get()
    jobs.work(rehearsal.pk)

    assert list(JobItem.objects.order_by("position").values_list("state", "code")) == [
        ("done", ""), ("done", ""), ("refused", "notice_too_short")
    ]  # fmt: skip
    assert not Event.objects.exists()
    address = f"/jobs/{public_id('job', rehearsal.pk)}"
    page = words(client.get(address).content.decode())
    assert "€49.00 → €50.72" in page
    assert "€40.00 → €41.40" in page
    assert "2 rows passed their rehearsal" in page

    client.post(f"{address}/carry-out")
    done = Job.objects.latest("pk")
    jobs.work(done.pk)

    done.refresh_from_db()
    assert (done.kind, done.done, done.refused) == ("contracts.raise_prices", 2, 0)
    held = (
        Item.objects.filter(starts_on=APRIL).order_by("subscription_id").values_list("unit_price", flat=True)
    )
    assert list(held) == [Decimal("50.72"), Decimal("41.40")]
    client.post(f"{address}/carry-out")
    jobs.work(Job.objects.latest("pk").pk)
    assert JobItem.objects.latest("pk").code == "price_changed_that_day"
    assert client.post(f"/jobs/{public_id('job', done.pk)}/carry-out").status_code == 404


def test_only_a_rehearsal_is_carried_out():
    scope = make_scope("manage_contracts")
    item = make_subscription(make_price())
    job_id = mass_actions.start(scope, "contracts.terminate", [item.subscription_id], {"on": "2027-01-01"})
    jobs.work(job_id)

    with pytest.raises(NotFound):
        mass_actions.carry_out(scope, job_id)
