"""Offers made by hand, and their prices."""

import datetime as dt
from decimal import Decimal

import pytest

from encaisse.catalog.errors import (
    InclusionNested,
    MeterMissing,
    OfferCodeTaken,
    OfferKeepsItsPeriods,
    PriceBoundsCrossed,
    PriceEndFixed,
    PriceEndsBeforeItBegins,
    PriceFixedForDay,
    PriceModelUnfit,
    PriceTermMissing,
    PriceTermUseless,
    TiersNotRising,
)
from encaisse.catalog.models import Offer, PriceVersion
from encaisse.catalog.operations.offers import Included, change_offer, create_offer, discontinue, include
from encaisse.catalog.operations.prices import add_price, end_price
from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.offers import OfferFacts
from encaisse.catalog.rules.pricing import PriceFacts, PriceModel, Pricing, Tier
from encaisse.catalog.rules.terms import Placing
from encaisse.kernel.errors import NotFound
from encaisse.kernel.models import Event
from tests.makers import CLERK, make_customer, make_offer, make_price, make_product

pytestmark = pytest.mark.django_db

JANUARY, MARCH, MAY = dt.date(2026, 1, 1), dt.date(2026, 3, 1), dt.date(2026, 5, 1)
FIBRE = OfferFacts("Fibre", "Fibre", period_unit="month", period_count=3, alignment="calendar")
MINUTES = OfferFacts("Minutes", "Minutes", kind="usage", meter="minutes", aggregation="sum")


def unit(price: str) -> Pricing:
    return Pricing(0, PriceModel.PER_UNIT, unit_price=Decimal(price))


def priced(offer: Offer, pricing: Pricing, since: dt.date = JANUARY, **fields: object) -> PriceFacts:
    return PriceFacts(pricing, offer.pk, None, "EUR", since, None)._replace(**fields)


def test_an_offer_is_made_with_what_its_kind_has_use_for():
    product = make_product()

    fibre = create_offer("FIBRE", FIBRE._replace(meter="x"), product_id=product.pk, actor=CLERK)
    minutes = create_offer("MIN", MINUTES, product_id=product.pk, actor=CLERK)
    setup = create_offer("POSE", FIBRE._replace(kind="one_shot"), product_id=product.pk, actor=CLERK)

    told = Offer.objects.values_list("kind", "period_count", "timing", "proration", "meter", "aggregation")
    assert told.get(pk=fibre) == ("recurring", 3, "advance", "day", "", "")
    assert told.get(pk=minutes) == ("usage", 1, "arrears", "day", "minutes", "sum")
    assert told.get(pk=setup) == ("one_shot", 1, "advance", "none", "", "")
    assert list(Event.objects.filter(kind="offer").values_list("first_id", flat=True)) == [
        fibre,
        minutes,
        setup,
    ]


def test_an_offer_without_product_meter_or_code_of_its_own_is_refused():
    product = make_product()
    create_offer("FIBRE", FIBRE, product_id=product.pk, actor=CLERK)

    with pytest.raises(OfferCodeTaken):
        create_offer("FIBRE", FIBRE, product_id=product.pk, actor=CLERK)
    with pytest.raises(MeterMissing):
        create_offer("MIN", MINUTES._replace(meter=""), product_id=product.pk, actor=CLERK)
    with pytest.raises(NotFound):
        create_offer("X", FIBRE, product_id=product.pk + 1, actor=CLERK)
    assert Offer.objects.count() == 1


def test_an_offer_that_is_held_keeps_its_periods_and_changes_its_names():
    offer, product = make_offer(), make_product()
    told = OfferFacts("Fibre", "Fibre")

    change_offer(offer.pk, told._replace(proration="none"), product_id=product.pk, held=True, actor=CLERK)
    with pytest.raises(OfferKeepsItsPeriods) as refused:
        change_offer(
            offer.pk, told._replace(period_unit="year"), product_id=product.pk, held=True, actor=CLERK
        )
    assert refused.value.field == "period_unit"
    change_offer(offer.pk, told._replace(period_unit="year"), product_id=product.pk, held=False, actor=CLERK)

    offer.refresh_from_db()
    assert (offer.name_fr, offer.product_id, offer.period_unit) == ("Fibre", product.pk, "year")


def test_an_offer_keeps_a_kind_that_its_prices_fit():
    price = make_price(offer=make_offer(kind="usage", meter="x", aggregation="sum"), period_minimum=10)

    with pytest.raises(PriceTermUseless):
        change_offer(price.offer_id, FIBRE, product_id=price.offer.product_id, held=False, actor=CLERK)


def test_the_same_facts_again_are_no_change():
    offer = make_offer()
    facts = OfferFacts(offer.name_fr, offer.name_en)

    change_offer(offer.pk, facts, product_id=offer.product_id, held=True, actor=CLERK)

    assert not Event.objects.filter(topic="offer.changed").exists()


def test_a_package_holds_offers_and_no_package():
    pack, fibre, minutes, bigger = (make_offer() for _ in range(4))
    include(pack.pk, [Included(fibre.pk, Decimal(1)), Included(minutes.pk, Decimal(2))], actor=CLERK)

    for outer, inner in ((bigger, pack), (fibre, minutes), (bigger, bigger)):
        with pytest.raises(InclusionNested):
            include(outer.pk, [Included(inner.pk, Decimal(1))], actor=CLERK)
    with pytest.raises(NotFound):
        include(bigger.pk, [Included(bigger.pk + 1, Decimal(1))], actor=CLERK)
    for _ in range(2):
        include(pack.pk, [Included(minutes.pk, Decimal(3))], actor=CLERK)

    assert list(pack.inclusions.values_list("included_id", "position", "quantity")) == [(minutes.pk, 1, 3)]
    assert Event.objects.filter(topic="offer.included").count() == 2


def test_an_offer_is_discontinued_and_taken_up_again():
    offer = make_offer()

    discontinue(offer.pk, MAY, actor=CLERK)
    assert Offer.objects.get().discontinued_on == MAY
    discontinue(offer.pk, None, actor=CLERK)
    assert Offer.objects.get().discontinued_on is None


def test_a_price_is_added_once_and_the_same_again_is_nothing_new():
    offer = make_offer()

    assert add_price(priced(offer, unit("30")), actor=CLERK) is Placing.NEW
    assert add_price(priced(offer, unit("30.00")), actor=CLERK) is Placing.SAME
    assert add_price(priced(offer, unit("30"), MARCH), actor=CLERK) is Placing.SAME
    with pytest.raises(PriceFixedForDay) as refused:
        add_price(priced(offer, unit("31")), actor=CLERK)
    assert refused.value.valid_from == JANUARY
    assert add_price(priced(offer, unit("31"), MARCH), actor=CLERK) is Placing.NEW
    assert add_price(priced(offer, unit("31"), currency="MAD"), actor=CLERK) is Placing.NEW
    assert PriceVersion.objects.count() == 3


def test_a_customers_price_has_an_end_which_is_said_once():
    offer, customer = make_offer(), make_customer()
    own = priced(offer, unit("25"), MARCH, customer_id=customer.pk)
    add_price(priced(offer, unit("30")), actor=CLERK)
    add_price(own, actor=CLERK)

    assert add_price(own._replace(valid_to=MAY), actor=CLERK) is Placing.END
    with pytest.raises(PriceEndFixed):
        add_price(own._replace(valid_to=dt.date(2026, 6, 1)), actor=CLERK)
    (listed, mine) = price_book([offer.pk])[offer.pk]
    assert (listed.customer_id, mine.customer_id, mine.valid_to) == (None, customer.pk, MAY)
    with pytest.raises(PriceEndFixed):
        end_price(mine.pricing.version_id, MAY, actor=CLERK)
    with pytest.raises(PriceEndsBeforeItBegins):
        end_price(listed.pricing.version_id, JANUARY, actor=CLERK)
    with pytest.raises(NotFound):
        end_price(0, MAY, actor=CLERK)


def test_a_tiered_price_is_stored_whole():
    offer = make_offer(kind="usage", meter="min", aggregation="sum")
    tiers = (Tier(Decimal(100), Decimal("0.5")), Tier(None, Decimal("0.3")))
    pricing = Pricing(0, PriceModel.GRADUATED, tiers=tiers, period_minimum=Decimal(100))

    add_price(priced(offer, pricing), actor=CLERK)

    (stored,) = price_book([offer.pk])[offer.pk]
    assert stored.pricing._replace(version_id=0) == pricing


def test_a_share_is_stored_with_or_without_a_fixed_amount():
    offer = make_offer(kind="usage", meter="card", aggregation="sum")

    add_price(priced(offer, SHARE), actor=CLERK)
    add_price(priced(offer, SHARE._replace(fixed_amount=Decimal("0.25")), MARCH), actor=CLERK)

    fixed = [price.pricing.fixed_amount for price in price_book([offer.pk])[offer.pk]]
    assert fixed == [None, Decimal("0.25")]


SHARE = Pricing(0, PriceModel.PERCENTAGE, percent=Decimal("1.2"))
TIERED = Pricing(0, PriceModel.VOLUME)


@pytest.mark.parametrize(
    ("kind", "pricing", "refusal", "facts"),
    [
        ("recurring", SHARE, PriceModelUnfit, {"kind": "recurring"}),
        ("recurring", Pricing(0, "per_unit"), PriceTermMissing, {"field": "unit_price", "model": "per_unit"}),
        ("recurring", TIERED, PriceTermMissing, {"field": "tiers", "model": "volume"}),
        (
            "recurring",
            unit("1")._replace(package_size=Decimal(5)),
            PriceTermUseless,
            {"field": "package_size", "model": "per_unit"},
        ),
        (
            "recurring",
            unit("1")._replace(period_minimum=Decimal(5)),
            PriceTermUseless,
            {"field": "period_minimum", "model": "per_unit"},
        ),
        (
            "usage",
            Pricing(0, "package", Decimal(1), package_size=Decimal(0)),
            PriceTermMissing,
            {"field": "package_size", "model": "package"},
        ),
        (
            "usage",
            SHARE._replace(minimum_per_transaction=Decimal(3), maximum_per_transaction=Decimal(2)),
            PriceBoundsCrossed,
            {"minimum": Decimal(3)},
        ),
        ("usage", TIERED._replace(tiers=(Tier(Decimal(1), Decimal(1)),)), TiersNotRising, {}),
        ("usage", TIERED._replace(tiers=(Tier(None, Decimal(1)),) * 2), TiersNotRising, {}),
        (
            "usage",
            TIERED._replace(tiers=(Tier(Decimal(1), Decimal(1)),) * 2 + (Tier(None, Decimal(1)),)),
            TiersNotRising,
            {},
        ),
    ],
)
def test_a_price_whose_terms_do_not_fit_is_refused_by_name(kind, pricing, refusal, facts):
    counted = {"meter": "min", "aggregation": "sum"} if kind == "usage" else {}

    with pytest.raises(refusal) as refused:
        add_price(priced(make_offer(kind=kind, **counted), pricing), actor=CLERK)
    assert refused.value.facts() == facts


def test_a_price_that_ends_before_it_begins_is_refused():
    with pytest.raises(PriceEndsBeforeItBegins):
        add_price(priced(make_offer(), unit("1"), valid_to=JANUARY), actor=CLERK)
