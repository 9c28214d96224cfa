"""Charges of usage, by events and amounts worked out by hand."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from encaisse.charge.models import Charge, ChargeUsage
from encaisse.charge.operations.recurring import Rated
from encaisse.charge.operations.usage import rate_usage
from encaisse.subscription.models import Item
from encaisse.usage.models import Event, Waiting
from encaisse.usage.operations import record
from tests.makers import CLERK, make_offer, make_price
from tests.usage.stories import TIERS, at, event, hold, make_meter, tell

pytestmark = pytest.mark.django_db

FEBRUARY, MARCH, APRIL = dt.date(2026, 2, 1), dt.date(2026, 3, 1), dt.date(2026, 4, 1)


def rate(item: Item, cutoff: dt.date = FEBRUARY) -> Rated:
    """Rate the account of the item."""
    account = item.account
    return rate_usage(
        legal_entity_id=account.legal_entity_id, first_account=account.pk, last_account=account.pk,
        cutoff_date=cutoff,
    )  # fmt: skip


def charges(item: Item, **fields: Any) -> list[tuple[Any, ...]]:
    """Kind, first day, quantity, amount."""
    found = Charge.objects.filter(item=item, **fields).order_by("pk")
    return list(found.values_list("kind", "period_from", "quantity", "amount"))


def january(kind: str, quantity: str, amount: str) -> tuple[Any, ...]:
    return kind, dt.date(2026, 1, 1), Decimal(quantity), Decimal(amount)


def test_what_waits_in_a_period_that_ended_is_charged_once() -> None:
    item = hold()
    tell(item, ("2026-01-05", "10"), ("2026-01-31", "2.5"), ("2026-02-01", "7"))

    assert rate(item).charges == 1
    assert rate(item).charges == 0

    charge = Charge.objects.get()
    assert (charge.quantity, charge.unit_price, charge.amount) == (
        Decimal("12.5"),
        Decimal("0.12"),
        Decimal("1.5"),
    )
    assert (charge.period_from, charge.period_to) == (dt.date(2026, 1, 1), FEBRUARY)
    assert (charge.billable_on, charge.label) == (dt.date(2026, 1, 31), item.offer.name_fr)
    assert charge.price_version_id == item.offer.prices.get().pk
    assert ChargeUsage.objects.filter(charge=charge).count() == 2
    assert Waiting.objects.count() == 1
    item.refresh_from_db()
    assert item.billed_through == FEBRUARY


def test_no_usage_is_no_charge() -> None:
    item = hold()

    assert rate(item, MARCH) == Rated(0, {})

    item.refresh_from_db()
    assert item.billed_through == MARCH


def test_usage_of_nothing_is_a_charge_of_zero() -> None:
    item = hold()
    tell(item, ("2026-01-05", "0"))

    rate(item)

    assert charges(item) == [january("usage", "1", "0")]
    assert not Waiting.objects.exists()


def test_tiers_of_1250_units_are_three_charges_of_485() -> None:
    item = hold(make_meter(tiers=TIERS))
    tell(item, ("2026-01-05", "1000"), ("2026-01-06", "250"))

    rate(item)

    assert charges(item) == [
        january("usage", *each) for each in (("100", "50"), ("900", "360"), ("250", "75"))
    ]
    labels = Charge.objects.order_by("pk").values_list("label", flat=True)
    name = item.offer.name_fr
    assert list(labels) == [
        f"{name} (jusqu’à 100)",
        f"{name} (de 100 à 1\N{NARROW NO-BREAK SPACE}000)",
        f"{name} (au-delà de 1\N{NARROW NO-BREAK SPACE}000)",
    ]
    assert set(ChargeUsage.objects.values_list("charge_id", flat=True)) == {Charge.objects.earliest("pk").pk}


def test_late_usage_goes_on_in_the_tiers_with_its_own_period() -> None:
    item = hold(make_meter(tiers=TIERS))
    tell(item, ("2026-01-05", "90"))
    rate(item)
    tell(item, ("2026-01-20", "30"), ("2026-02-03", "4"))

    rate(item, MARCH)

    assert charges(item) == [
        january("usage", "90", "45"),
        january("usage", "10", "5"),
        january("usage", "20", "8"),
        ("usage", FEBRUARY, 4, 2),
    ]


def test_late_usage_by_volume_gives_back_the_difference() -> None:
    item = hold(make_meter(tiers=TIERS, model="volume"))
    tell(item, ("2026-01-05", "100"))
    rate(item)
    tell(item, ("2026-01-20", "1"))

    rate(item, MARCH)

    assert charges(item) == [january("usage", "100", "50"), january("usage", "-1", "-9.60")]
    assert Charge.objects.latest("pk").label == f"{item.offer.name_fr} (régularisation)"


def test_late_usage_that_changes_no_amount_is_in_the_charge_of_before() -> None:
    item = hold(make_meter(model="package", unit_price=Decimal(5), package_size=Decimal(100)))
    tell(item, ("2026-01-05", "150"))
    rate(item)
    tell(item, ("2026-01-20", "49"))

    rate(item, MARCH)

    assert charges(item) == [january("usage", "2", "10")]
    assert ChargeUsage.objects.filter(charge=Charge.objects.get()).count() == 2


@pytest.mark.parametrize(
    ("aggregation", "quantity", "late"),
    [("sum", "7.5", "11.5"), ("count", "3", "4"), ("maximum", "5", "5"), ("unique", "2", "3")],
)
def test_each_aggregation_counts_its_own_way(aggregation, quantity, late) -> None:
    item = hold(make_meter("seats", aggregation, unit_price=Decimal(1)))
    tell(item, ("2026-01-05", "1.5"), ("2026-01-06", "5"), member="ada")
    tell(item, ("2026-01-06", "1"), member="grace")
    rate(item)
    tell(item, ("2026-01-20", "4"), member="mary")

    rate(item, MARCH)

    amounts = Charge.objects.order_by("pk").values_list("amount", flat=True)
    assert amounts[0] == Decimal(quantity)
    assert sum(amounts) == Decimal(late)


def test_a_percentage_is_taken_of_each_transaction() -> None:
    fee = make_meter(
        "fees", model="percentage", percent=Decimal("1.2"), fixed_amount=Decimal("0.25"),
        minimum_per_transaction=Decimal("0.50"), maximum_per_transaction=Decimal(3),
    )  # fmt: skip
    item = hold(fee)
    tell(item, ("2026-01-05", "10"), ("2026-01-06", "120"), ("2026-01-07", "1000"))
    rate(item)
    tell(item, ("2026-01-08", "10"))

    rate(item, MARCH)

    assert charges(item) == [january("usage", "1", "5.19"), january("usage", "1", "0.50")]
    labels = Charge.objects.order_by("pk").values_list("label", flat=True)
    assert list(labels) == [f"{item.offer.name_fr} (3 opérations)", f"{item.offer.name_fr} (1 opération)"]


def test_each_event_has_the_price_of_its_own_time() -> None:
    old = make_meter(unit_price=Decimal("0.10"))
    make_price(offer=old.offer, unit_price=Decimal("0.20"), valid_from=dt.date(2026, 1, 16))
    item = hold(old)
    tell(item, ("2026-01-15", "10"))
    last_of_old = event(item, "2026-01-15", "1", occurred_at=at("2026-01-16", 0) - dt.timedelta(seconds=1))
    first_of_new = event(item, "2026-01-16", "100", occurred_at=at("2026-01-16", 0))
    record([last_of_old, first_of_new], actor=CLERK)

    rate(item)

    assert charges(item) == [
        january("usage", "11", "1.10"),
        ("usage", dt.date(2026, 1, 16), Decimal(100), Decimal(20)),
    ]
    assert list(Charge.objects.order_by("pk").values_list("period_to", flat=True)) == [
        dt.date(2026, 1, 16), FEBRUARY,
    ]  # fmt: skip


def test_a_minimum_of_100_is_completed_by_62_55_and_usage_of_120_by_nothing() -> None:
    item = hold(make_meter(unit_price=Decimal("0.35"), period_minimum=Decimal(100)))
    tell(item, ("2026-01-05", "107"))
    tell(item, ("2026-02-05", "342.857143"))

    rate(item, APRIL)

    assert charges(item) == [
        january("usage", "107", "37.45"),
        january("minimum", "1", "62.55"),
        ("usage", FEBRUARY, Decimal("342.857143"), Decimal("120")),
        ("minimum", MARCH, Decimal(1), Decimal(100)),
    ]
    label = Charge.objects.filter(kind="minimum").earliest("pk").label
    assert label == f"{item.offer.name_fr}, complément au minimum de 100,00\N{NO-BREAK SPACE}€"


def test_a_prorated_minimum_of_54_84_is_completed_by_17_39() -> None:
    priced = make_meter(unit_price=Decimal("0.35"), period_minimum=Decimal(100), alignment="calendar")
    item = hold(priced, start_date=dt.date(2026, 1, 15), anchor_date=dt.date(2026, 1, 1))
    tell(item, ("2026-01-20", "107"))

    rate(item)

    middle = dt.date(2026, 1, 15)
    assert charges(item) == [
        ("usage", middle, 107, Decimal("37.45")),
        ("minimum", middle, 1, Decimal("17.39")),
    ]
    label = Charge.objects.get(kind="minimum").label
    assert label == (
        f"{item.offer.name_fr}, complément au minimum de 54,84\N{NO-BREAK SPACE}€ "
        "(17/31 de 100,00\N{NO-BREAK SPACE}€)"
    )


def test_late_usage_gives_back_what_completed_the_minimum_up_to_its_amount() -> None:
    item = hold(make_meter(unit_price=Decimal("0.35"), period_minimum=Decimal(100)))
    tell(item, ("2026-01-05", "107"))
    rate(item)

    tell(item, ("2026-01-06", "100"))
    rate(item)
    tell(item, ("2026-01-07", "1000"))
    rate(item)
    tell(item, ("2026-01-08", "10"))
    rate(item)

    assert charges(item) == [
        january("usage", "107", "37.45"),
        january("minimum", "1", "62.55"),
        january("usage", "100", "35"),
        january("credit", "-1", "-35"),
        january("usage", "1000", "350"),
        january("credit", "-1", "-27.55"),
        january("usage", "10", "3.50"),
    ]


def test_discounts_are_off_usage_as_off_everything() -> None:
    item = hold(make_meter(unit_price=Decimal(1)), discount_percent=Decimal(10))
    tell(item, ("2026-01-05", "50"))
    rate(item)
    assert Charge.objects.get().discount_percent == 10

    other = hold(make_meter(tiers=TIERS), discount_amount=Decimal(60), discount_reason="Bienvenue")
    tell(other, ("2026-01-05", "150"))
    rate(other)
    off = Charge.objects.filter(item=other).order_by("pk").values_list("discount_amount", "discount_reason")
    assert list(off) == [(Decimal(50), "Bienvenue"), (Decimal(10), "Bienvenue")]


def test_an_agreed_price_needs_no_other() -> None:
    offer = make_offer(kind="usage", meter="sms", aggregation="sum", timing="arrears")
    item = hold(make_price(offer=offer, valid_from=dt.date(2027, 1, 1)), unit_price=Decimal("0.05"))
    tell(item, ("2026-01-05", "100"))

    rate(item)

    assert charges(item) == [january("usage", "100", "5")]


def test_an_item_without_a_price_is_told_and_its_events_wait() -> None:
    item = hold(make_meter(valid_from=dt.date(2026, 2, 1)))
    tell(item, ("2026-01-05", "100"))

    refused = rate(item).refused

    assert refused[item.account_id].offer == item.offer.code
    assert Waiting.objects.count() == Event.objects.count() == 1
    assert not Charge.objects.exists()
