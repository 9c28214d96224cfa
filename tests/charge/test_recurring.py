"""What recurs is rated: amounts worked out by hand."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.charge.models import Charge
from encaisse.charge.operations.recurring import rate_recurring
from encaisse.subscription.models import Item
from tests.makers import make_account, make_customer, make_offer, make_price, make_subscription

pytestmark = pytest.mark.django_db


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"2026-{text}")


def rate(item: Item, cutoff: dt.date) -> list[tuple]:
    """The charges of the item once everything due before the cut-off is rated."""
    account = item.account
    rate_recurring(
        legal_entity_id=account.legal_entity_id,
        first_account=account.pk,
        last_account=account.pk,
        cutoff_date=cutoff,
    )
    found = Charge.objects.filter(item=item).order_by("period_from", "id")
    return list(found.values_list("period_from", "period_to", "unit_price", "label"))


def held(*, price=None, start="01-15", ends=None, **fields) -> Item:
    """A segment since that day; `offer` describes its offer."""
    offer = {"name_fr": "Fibre Pro", "name_en": "Fibre Pro"} | fields.pop("offer", {})
    customer = make_customer(language=fields.pop("language", "fr"))
    return make_subscription(
        price or make_price(offer=make_offer(**offer)),
        start_date=day(start),
        ends_on=day(ends) if ends else None,
        **{"account": fields.get("account") or make_account(customer=customer)} | fields,
    )


CALENDAR = {"alignment": "calendar"}


def test_a_month_of_the_calendar_begun_on_the_15th_costs_17_days_of_31() -> None:
    item = held(offer=CALENDAR)

    assert rate(item, day("02-02")) == [
        (day("01-15"), day("02-01"), Decimal("16.451613"), "Fibre Pro (17/31 de 30,00\N{NO-BREAK SPACE}€)"),
        (day("02-01"), day("03-01"), Decimal(30), "Fibre Pro"),
    ]


def test_words_with_a_backslash_come_in_as_they_are() -> None:
    item = held(offer={"name_fr": "Serveur \\\\nas\\t"}, discount_percent=5, discount_reason="A\\B")

    rate(item, day("01-16"))

    charge = Charge.objects.get(item=item)
    assert (charge.label, charge.discount_reason) == ("Serveur \\\\nas\\t", "A\\B")


def test_the_same_is_explained_in_the_language_of_the_customer() -> None:
    item = held(offer=CALENDAR, language="en")

    assert rate(item, day("01-16"))[0][3] == "Fibre Pro (17/31 of €30.00)"


def test_an_end_that_is_known_cuts_the_last_period() -> None:
    item = held(offer=CALENDAR, ends="02-10")

    assert rate(item, day("12-31"))[1:] == [
        (day("02-01"), day("02-10"), Decimal("9.642857"), "Fibre Pro (9/28 de 30,00\N{NO-BREAK SPACE}€)"),
    ]


@pytest.mark.parametrize(("cutoff", "charges"), [("02-09", 1), ("02-10", 2), ("12-31", 2)])
def test_in_arrears_a_period_that_an_end_cuts_is_due_when_it_ends(cutoff: str, charges: int) -> None:
    item = held(offer=CALENDAR | {"timing": "arrears"}, ends="02-10")

    rated = rate(item, day(cutoff))

    assert len(rated) == charges
    if charges == 2:
        assert rated[1][:3] == (day("02-01"), day("02-10"), Decimal("9.642857"))
        last = Charge.objects.filter(item=item).order_by("id").last()
        assert last.billable_on == day("02-09")


def test_without_proration_a_period_that_is_not_whole_costs_as_much() -> None:
    item = held(offer=CALENDAR | {"proration": "none"}, ends="02-10")

    assert rate(item, day("12-31")) == [
        (day("01-15"), day("02-01"), Decimal(30), "Fibre Pro"),
        (day("02-01"), day("02-10"), Decimal(30), "Fibre Pro"),
    ]


@pytest.mark.parametrize(
    ("unit", "every", "until"),
    [("day", 10, "01-25"), ("week", 2, "01-29"), ("month", 3, "04-15"), ("month", 1, "02-15")],
)
def test_periods_are_any_number_of_any_unit(unit: str, every: int, until: str) -> None:
    item = held(offer={"period_unit": unit, "period_count": every})

    assert rate(item, day("01-16")) == [(day("01-15"), day(until), Decimal(30), "Fibre Pro")]


def test_a_year_and_the_31st_keep_their_anchor() -> None:
    item = held(start="01-31")
    assert [row[:2] for row in rate(item, day("03-31"))] == [
        (day("01-31"), day("02-28")),
        (day("02-28"), day("03-31")),
    ]
    yearly = held(offer={"period_unit": "year"})
    assert rate(yearly, day("12-31"))[0][1] == dt.date(2027, 1, 15)


def test_each_period_has_the_price_in_force_on_its_first_day() -> None:
    price = make_price()
    make_price(offer=price.offer, valid_from=day("03-01"), unit_price=Decimal(33))

    rated = rate(held(price=price), day("04-01"))

    assert [unit_price for _, _, unit_price, _ in rated] == [30, 30, 33]
    versions = Charge.objects.order_by("period_from").values_list("price_version__unit_price", flat=True)
    assert list(versions) == [30, 30, 33]


def test_a_customers_own_price_wins_while_it_lasts_and_an_agreed_one_always() -> None:
    price, account = make_price(), make_account()
    make_price(
        offer=price.offer,
        customer=account.customer,
        valid_from=day("02-01"),
        valid_to=day("03-01"),
        unit_price=Decimal(25),
    )

    assert [row[2] for row in rate(held(price=price, account=account), day("03-16"))] == [30, 25, 30]
    assert [row[2] for row in rate(held(price=price), day("03-16"))] == [30, 30, 30]
    agreed = held(price=price, account=account, unit_price=Decimal(20))
    assert [row[2] for row in rate(agreed, day("03-16"))] == [20, 20, 20]


@pytest.mark.parametrize(
    ("price", "quantity", "unit_price", "amount"),
    [
        ({"model": "flat"}, 1, 30, 30),
        ({"model": "package", "package_size": 100}, 3, 30, 90),
        ({"model": "volume", "tiers": [(100, "0.5"), (None, "0.3")]}, 250, Decimal("0.3"), 75),
        ({"model": "graduated", "tiers": [(100, "0.5"), (None, "0.3")]}, 1, 95, 95),
    ],
)
def test_what_is_held_is_priced_by_any_model(
    price: dict, quantity: int, unit_price: Decimal, amount: int
) -> None:
    item = held(price=make_price(**price), quantity=250)

    rate(item, day("01-16"))

    charge = Charge.objects.get(item=item)
    assert (charge.quantity, charge.unit_price, charge.amount) == (quantity, unit_price, amount)


def test_an_agreed_price_of_a_flat_offer_is_owed_once_whatever_the_quantity() -> None:
    item = held(price=make_price(model="flat"), quantity=250, unit_price=Decimal(20))

    rate(item, day("01-16"))

    assert Charge.objects.get(item=item).amount == 20


def test_a_discount_in_euros_is_off_each_period_and_prorated_with_it() -> None:
    item = held(offer=CALENDAR, discount_amount=Decimal(5))

    rate(item, day("02-02"))

    charges = Charge.objects.filter(item=item).order_by("period_from")
    assert [charge.discount_amount for charge in charges] == [Decimal("2.741935"), 5]  # 5 × 17 / 31


def test_a_discount_never_takes_off_more_than_there_is() -> None:
    item = held(discount_amount=Decimal(50))

    rate(item, day("01-16"))

    assert Charge.objects.get(item=item).discount_amount == 30


def test_what_is_owed_once_is_charged_once_when_it_begins() -> None:
    item = held(offer={"kind": "one_shot", "name_fr": "Installation"}, quantity=2)

    assert rate(item, day("01-15")) == []
    for cutoff in ("01-16", "01-16", "12-31"):
        assert rate(item, day(cutoff)) == [(None, None, Decimal(30), "Installation")]
    charge = Charge.objects.get(item=item)
    assert (charge.kind, charge.amount, charge.billable_on) == ("one_shot", 60, day("01-15"))


def test_an_item_without_a_price_is_told_and_everything_else_is_rated() -> None:
    account = make_account(currency="EUR")
    poor = held(price=make_price(currency="USD"), account=account)
    sound = held(account=account)

    told = rate_recurring(
        legal_entity_id=account.legal_entity_id,
        first_account=account.pk,
        last_account=account.pk,
        cutoff_date=day("01-16"),
    )

    assert told.charges == Charge.objects.filter(item=sound).count() == 1
    (refusal,) = told.refused.values()
    assert (refusal.offer, refusal.currency, refusal.on) == (poor.offer.code, "EUR", day("01-15"))
    poor.refresh_from_db()
    assert poor.billed_through == day("01-15")


def test_a_price_that_ends_leaves_what_was_rated_before() -> None:
    item = held(price=make_price(valid_to=day("02-01")))

    assert [row[0] for row in rate(item, day("04-01"))] == [day("01-15")]
    item.refresh_from_db()
    assert item.billed_through == day("02-15")


def test_items_alike_of_two_customers_cost_each_what_it_agreed() -> None:
    listed = make_price()
    usual = make_account()
    favoured = make_account(legal_entity=usual.legal_entity)
    make_price(offer=listed.offer, customer=favoured.customer, unit_price=Decimal(25))
    items = [make_subscription(listed, account=account) for account in (usual, favoured, usual)]

    rate_recurring(
        legal_entity_id=usual.legal_entity_id,
        first_account=usual.pk,
        last_account=favoured.pk,
        cutoff_date=day("01-02"),
    )

    prices = dict(Charge.objects.values_list("item_id", "unit_price"))
    assert [prices[item.pk] for item in items] == [30, 25, 30]
