"""The prices of offers, read for what rates them."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.pricing import Tier, price_in_force, rate
from tests.makers import make_customer, make_offer, make_price

pytestmark = pytest.mark.django_db

MARCH = dt.date(2026, 3, 1)


def test_the_price_book_holds_every_version_with_its_tiers_in_two_reads(django_assert_num_queries):
    listed = make_price(model="graduated", tiers=[(100, "0.50"), (1000, "0.40"), (None, "0.30")])
    customer = make_customer()
    own = make_price(offer=listed.offer, customer=customer, valid_from=MARCH, unit_price=Decimal("0.20"))
    other, unpriced = make_price(), make_offer()

    with django_assert_num_queries(2):
        book = price_book([listed.offer_id, other.offer_id, unpriced.pk])

    assert {offer: [price.pricing.version_id for price in prices] for offer, prices in book.items()} == {
        listed.offer_id: [listed.pk, own.pk],
        other.offer_id: [other.pk],
    }
    assert book[listed.offer_id][0].pricing.tiers == (
        Tier(Decimal(100), Decimal("0.50")),
        Tier(Decimal(1000), Decimal("0.40")),
        Tier(None, Decimal("0.30")),
    )
    mine = price_in_force(book[listed.offer_id], currency="EUR", customer_id=customer.pk, on=MARCH)
    assert [part.amount for part in rate(mine.pricing, Decimal(1250))] == [Decimal(250)]
