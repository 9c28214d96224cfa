"""What is sold changes, for who may change it, and never for what is billed."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.catalog.errors import BilledAlready
from encaisse.catalog.models import PriceVersion
from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.offers import OfferFacts
from encaisse.catalog.rules.pricing import PriceFacts, PriceModel, Pricing, price_in_force
from encaisse.flows import sell
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level
from tests.makers import (
    make_account,
    make_charge,
    make_customer,
    make_entity,
    make_price,
    make_product,
    make_scope,
    make_subscription,
)

pytestmark = pytest.mark.django_db

MAY, JUNE, JULY = dt.date(2026, 5, 1), dt.date(2026, 6, 1), dt.date(2026, 7, 1)
SELLER = make_scope("manage_offers")


def priced(listed: PriceVersion, amount: str, since: dt.date, **fields: object) -> PriceFacts:
    pricing = Pricing(0, PriceModel.PER_UNIT, unit_price=Decimal(amount))
    return PriceFacts(pricing, listed.offer_id, None, "EUR", since, None)._replace(**fields)


def billed(listed: PriceVersion, since: dt.date, unit_price: Decimal | None = None) -> int:
    """A month of the offer is charged. Returns its customer."""
    account = make_account()
    item = make_subscription(listed, account=account, unit_price=unit_price)
    until = since + dt.timedelta(days=31)
    make_charge(account=account, kind="recurring", item=item, period_from=since, period_to=until)
    return account.customer_id


def test_only_who_sees_every_legal_entity_may_change_what_all_of_them_sell():
    product, entity = make_product(), make_entity()
    limited = make_scope("manage_offers", entity_ids=frozenset({entity.pk}))
    leader = make_scope("manage_offers", level=Level.GROUPS)

    for scope in (limited, leader, make_scope("bill")):
        assert not sell.may_change(scope)
        with pytest.raises(NotPermitted):
            sell.create_offer(scope, "X", OfferFacts("X", "X"), product_id=product.pk)
    assert sell.create_offer(SELLER, "X", OfferFacts("X", "X"), product_id=product.pk)


def test_a_price_before_billed_periods_is_refused_and_leaves_nothing():
    listed = make_price()
    billed(listed, JUNE)

    with pytest.raises(BilledAlready) as refused:
        sell.set_price(SELLER, priced(listed, "31", MAY))
    assert refused.value.facts() == {"count": 1, "valid_from": MAY}
    assert PriceVersion.objects.count() == 1
    sell.set_price(SELLER, priced(listed, "31", JULY))
    sell.set_price(SELLER, priced(listed, "32", MAY, valid_to=JUNE))
    sell.set_price(SELLER, priced(listed, "33", JUNE), past_periods_stay=True)
    assert PriceVersion.objects.count() == 4


def test_what_is_billed_at_an_agreed_price_or_to_others_is_no_concern_of_the_list():
    listed, other = make_price(), make_customer()
    billed(listed, JUNE, unit_price=Decimal(20))

    sell.set_price(SELLER, priced(listed, "31", MAY))
    customer = billed(listed, JUNE)
    sell.set_price(SELLER, priced(listed, "25", MAY, customer_id=other.pk))
    with pytest.raises(BilledAlready):
        sell.set_price(SELLER, priced(listed, "25", MAY, customer_id=customer))


def test_a_price_does_not_end_before_what_is_billed_by_it_unless_understood():
    listed = make_price()
    customer = billed(listed, JUNE)
    sell.set_price(SELLER, priced(listed, "25", MAY, customer_id=customer), past_periods_stay=True)
    own = PriceVersion.objects.get(customer_id=customer)

    with pytest.raises(BilledAlready):
        sell.end_price(SELLER, own.pk, JUNE)
    with pytest.raises(BilledAlready):
        sell.set_price(SELLER, priced(listed, "25", MAY, customer_id=customer, valid_to=JUNE))
    sell.end_price(SELLER, own.pk, JULY)

    versions = price_book([listed.offer_id])[listed.offer_id]
    assert [
        price_in_force(versions, currency="EUR", customer_id=customer, on=day).pricing.unit_price
        for day in (MAY, JUNE, JULY)
    ] == [25, 25, 30]


def test_the_same_price_again_is_no_change_whatever_is_billed():
    listed = make_price(unit_price=Decimal(30))
    billed(listed, JUNE)

    sell.set_price(SELLER, priced(listed, "30", listed.valid_from))
    sell.set_price(SELLER, priced(listed, "30", MAY))

    assert PriceVersion.objects.count() == 1


def test_a_price_for_a_customer_out_of_sight_is_for_nobody():
    with pytest.raises(NotFound):
        sell.set_price(SELLER, priced(make_price(), "30", MAY, customer_id=10**9))
