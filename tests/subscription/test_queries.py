"""Contracts as lists find them and pages show them."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.subscription import queries
from encaisse.subscription.models import Subscription
from encaisse.subscription.queries import Wanted
from tests.makers import make_account, make_customer, make_price, make_subscription

pytestmark = pytest.mark.django_db
EVERYTHING = Scope(actor=Actor("user", 1, "Camille"), level=Level.EVERYTHING)


def references(wanted: Wanted = queries.EVERY, window: Window = queries.FIRST) -> list[str]:
    return [row.reference for row in queries.contracts(EVERYTHING, wanted, window=window).rows]


def test_a_contract_is_found_by_its_reference_its_customer_and_its_offer():
    customer = make_customer(reference="C-7", name="Librairie Éphémère", sort_key="librairie ephemere")
    price = make_price()
    make_subscription(price, account=make_account(customer=customer), reference="K-1")
    make_subscription(reference="K-2")

    for text in ("k-1", "éphémère", "c-7", price.offer.code):
        assert references(Wanted(text=text)) == ["K-1"], text


def test_contracts_are_narrowed_by_state_and_sorted():
    make_subscription(reference="K-1", start_date=dt.date(2026, 2, 1))
    for reference, month, state in (("K-2", 1, "ended"), ("K-3", 3, "withdrawn")):
        item = make_subscription(reference=reference, start_date=dt.date(2026, month, 1))
        Subscription.objects.filter(pk=item.subscription_id).update(state=state)

    assert references(Wanted(state="ended")) == ["K-2"]
    assert references(window=Window("start_date")) == ["K-2", "K-1"]
    assert references(window=Window("-start_date")) == ["K-1", "K-2"]


def test_a_period_comes_to_the_price_less_the_discount_rounded_as_on_an_invoice():
    price = make_price(unit_price=Decimal("33.335"))
    item = make_subscription(price, quantity=Decimal(3), discount_percent=Decimal("12.5"))

    (shown,) = queries.contract(EVERYTHING, item.subscription_id).items

    assert shown.period_minor == 8_750  # 3 × 33.335 × 0.875 = 87.504375


def test_a_contract_that_does_not_exist_is_not_found():
    with pytest.raises(NotFound):
        queries.contract(EVERYTHING, 1)
