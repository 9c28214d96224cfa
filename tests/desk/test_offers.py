"""Offers and their prices at the desk: made, priced by each model, tried, ended, packaged."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from encaisse.catalog.models import Offer, PriceVersion
from encaisse.kernel import clock
from tests.desk.placements import body
from tests.desk.signed_in import signed_in, words
from tests.makers import (
    make_account,
    make_charge,
    make_customer,
    make_offer,
    make_price,
    make_product,
    make_subscription,
)

pytestmark = pytest.mark.django_db

MAY = dt.date(2026, 5, 1)
OFFER = {
    "code": "FIBRE", "name_fr": "Fibre", "name_en": "", "kind": "recurring", "period_count": 3,
    "period_unit": "month", "timing": "advance", "alignment": "calendar", "proration": "day", "meter": "",
    "aggregation": "",
}  # fmt: skip
PRICE = {"customer": "", "currency": "EUR", "valid_from": "2026-05-01", "valid_to": "", "unit_price": "30"}


@pytest.fixture(autouse=True)
def _in_june():
    with clock.stopped_at(dt.datetime(2026, 6, 15, 9, tzinfo=dt.UTC)):
        yield


def new_price(offer: Offer, model: str = "per_unit") -> str:
    return reverse("desk:new_price", args=[offer.pk]) + f"?model={model}"


def page_of(client, offer: Offer, **asked: str) -> str:
    return words(body(client.get(reverse("desk:offer", args=[offer.pk]), asked)))


def test_an_offer_is_made_then_priced_and_stands_in_the_list():
    client, product = signed_in(language="fr"), make_product()

    answer = client.post(reverse("desk:new_offer"), {**OFFER, "product_id": product.pk})
    offer = Offer.objects.get()
    assert answer.headers["Location"] == reverse("desk:offer", args=[offer.pk])
    assert (offer.name_en, offer.period_count, offer.alignment) == ("Fibre", 3, "calendar")
    assert "Sans prix" in page_of(client, offer)

    answer = client.post(new_price(offer), PRICE)
    assert answer.headers["Location"] == reverse("desk:offer", args=[offer.pk])
    listed = words(body(client.get(reverse("desk:offers"), {"q": "fib", "kind": "recurring", "sold": "yes"})))
    assert "30,00\N{NO-BREAK SPACE}€ l’unité" in listed
    assert "En vente" in listed


def test_a_refusal_stands_beside_its_field_with_the_way_out():
    client, product = signed_in(), make_product()
    make_offer(code="FIBRE")

    page = body(client.post(reverse("desk:new_offer"), {**OFFER, "product_id": product.pk}))
    assert 'id="id_code_error"' in page
    assert "Another offer has this code. Choose another code." in words(page)
    page = body(
        client.post(
            reverse("desk:new_offer"), {**OFFER, "code": "X", "kind": "usage", "product_id": product.pk}
        )
    )
    assert 'id="id_meter_error"' in page
    assert Offer.objects.count() == 1


def test_an_offer_that_a_contract_holds_keeps_its_periods():
    client = signed_in()
    offer = make_price().offer
    address = reverse("desk:change_offer", args=[offer.pk])
    told = {**OFFER, "product_id": offer.product_id, "period_count": 1, "alignment": "anniversary"}

    client.post(address, {**told, "period_count": 2})
    assert Offer.objects.get().period_count == 2
    client.post(address, told)
    make_subscription(offer.prices.get())
    page = body(client.post(address, {**told, "period_count": 2}))

    assert 'id="id_period_count_error"' in page
    assert Offer.objects.values_list("name_fr", "period_count").get() == ("Fibre", 1)


def test_tiers_are_typed_line_by_line_told_in_words_and_tried():
    client = signed_in(language="fr")
    offer = make_offer(kind="usage", meter="minutes", aggregation="sum", timing="arrears")
    typed = {**PRICE, "tiers": "100 : 0,50\r\n1 000 : 0,40\r\n: 0,30", "period_minimum": "100"}

    client.post(new_price(offer, "graduated"), typed)

    page = page_of(client, offer, quantity="1 250").replace("\N{NO-BREAK SPACE}", " ")
    assert "de 0 à 100 : 0,50 € l’unité" in page
    assert "au-delà de 100, jusqu’à 1\N{NARROW NO-BREAK SPACE}000 : 0,40 € l’unité" in page
    assert "minimum de 100,00 € par période" in page
    assert "485,00 €" in page
    short = page_of(client, offer, quantity="37,45").replace("\N{NO-BREAK SPACE}", " ")
    assert "Complément jusqu’au minimum d’une période entière" in short
    assert "81,275 €" in short  # 100.00 less 37.45 at 0.50


def test_a_new_price_begins_with_the_one_in_force_and_the_same_again_is_no_other():
    client = signed_in(language="fr")
    usage = make_offer(kind="usage", meter="minutes", aggregation="sum", timing="arrears")
    make_price(offer=usage, model="volume", tiers=[(1000, "0.40"), (None, "0.305")], period_minimum=100)
    address = reverse("desk:new_price", args=[usage.pk])

    page = words(body(client.get(address)))
    assert "Toutes les unités ont le prix de la tranche" in page
    assert "1000 : 0,4\n: 0,305" in page
    tiers = "1\N{NARROW NO-BREAK SPACE}000 : 0,4\r\n: 0,305"
    answer = client.post(address + "?model=volume", {**PRICE, "tiers": tiers, "period_minimum": "100"})

    assert answer.headers["Location"] == reverse("desk:offer", args=[usage.pk])
    assert PriceVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("model", "terms", "error"),
    [
        ("graduated", {"tiers": "100 : x"}, "id_tiers_error"),
        ("graduated", {"tiers": "100 : 1\n50 : 2\n: 3"}, "id_tiers_error"),
        ("volume", {"tiers": ""}, "id_tiers_error"),
        ("package", {"package_size": "0"}, "id_package_size_error"),
        ("percentage", {"percent": "101"}, "id_percent_error"),
        (
            "percentage",
            {"percent": "1", "minimum_per_transaction": "3", "maximum_per_transaction": "2"},
            "id_maximum_per_transaction_error",
        ),
        ("per_unit", {"unit_price": "-1"}, "id_unit_price_error"),
        ("per_unit", {"valid_to": "2026-04-30"}, "id_valid_to_error"),
        ("per_unit", {"customer": "PERSONNE"}, "id_customer_error"),
    ],
)
def test_what_is_wrong_with_a_price_is_said_beside_it(model, terms, error):
    client = signed_in()
    offer = make_offer(kind="usage", meter="minutes", aggregation="sum", timing="arrears")

    page = body(client.post(new_price(offer, model), {**PRICE, **terms}))

    assert f'id="{error}"' in page
    assert not PriceVersion.objects.exists()


def test_a_percentage_is_tried_on_transactions_and_offered_to_usage_alone():
    client = signed_in(language="fr")
    offer = make_offer(kind="usage", meter="cartes", aggregation="sum", timing="arrears")
    terms = {"percent": "1,2", "fixed_amount": "0,25"}
    terms |= {"minimum_per_transaction": "0,50", "maximum_per_transaction": "3"}

    client.post(new_price(offer, "percentage"), {**PRICE, **terms})

    page = page_of(client, offer, quantity="10; 120; 1 000").replace("\N{NO-BREAK SPACE}", " ")
    assert "5,19 €" in page
    assert "Opération de 120,00 €" in page
    assert "Pourcentage" not in words(body(client.get(new_price(make_offer()))))


def test_a_customers_price_is_ended_on_its_last_day():
    client = signed_in(language="fr")
    listed, customer = make_price(), make_customer(reference="CLI1", name="Maison Alpha")

    client.post(new_price(listed.offer), {**PRICE, "customer": "CLI1", "unit_price": "25"})
    own = PriceVersion.objects.get(customer=customer)
    assert "Maison Alpha" in page_of(client, listed.offer)
    client.post(reverse("desk:end_price", args=[own.pk]), {"valid_to": "2026-08-31"})

    own.refresh_from_db()
    assert own.valid_to == dt.date(2026, 9, 1)
    assert "31/08/2026" in page_of(client, listed.offer)
    again = body(client.post(reverse("desk:end_price", args=[own.pk]), {"valid_to": "2026-08-30"}))
    assert 'id="id_valid_to_error"' in again


def test_a_price_of_billed_periods_is_added_once_that_is_understood():
    client, offer = signed_in(), make_price().offer
    account = make_account()
    item = make_subscription(offer.prices.get(), account=account, unit_price=None)
    make_charge(
        account=account,
        kind="recurring",
        item=item,
        period_from=MAY,
        period_to=dt.date(2026, 6, 1),
        unit_price=30,
    )

    page = body(client.post(new_price(offer), {**PRICE, "unit_price": "31"}))
    assert "Periods from 01 May 2026 on are billed already (1), and keep the price that they had." in words(
        page
    )
    assert PriceVersion.objects.count() == 1
    client.post(new_price(offer), {**PRICE, "unit_price": "31", "past_periods_stay": "on"})
    assert PriceVersion.objects.filter(unit_price=Decimal(31), valid_from=MAY).exists()


def test_a_package_is_filled_line_by_line_and_holds_no_package():
    client = signed_in()
    pack, setup, fibre = make_offer(), make_offer(), make_offer()
    address = reverse("desk:include_offers", args=[pack.pk])
    counts = {"line-TOTAL_FORMS": 2, "line-INITIAL_FORMS": 0}
    lines = {
        "line-0-offer_id": setup.pk,
        "line-0-quantity": "1",
        "line-1-offer_id": fibre.pk,
        "line-1-quantity": "2",
    }

    assert "Offer 3" in words(body(client.post(address, {**counts, **lines, "do": "more"})))
    assert not pack.inclusions.exists()
    client.post(address, {**counts, **lines, "do": "save"})
    assert list(pack.inclusions.values_list("included_id", "quantity")) == [(setup.pk, 1), (fibre.pk, 2)]
    assert 'value="2"' in body(client.get(address))
    twice = body(client.post(address, {**counts, **lines, "line-1-offer_id": setup.pk, "do": "save"}))
    assert "each once" in twice
    nested = body(
        client.post(reverse("desk:include_offers", args=[fibre.pk]), {**counts, **lines, "do": "save"})
    )
    assert fibre.code in words(nested)
    assert not fibre.inclusions.exists()


def test_an_offer_is_discontinued_from_a_day_on_and_sold_again():
    client, offer = signed_in(), make_price().offer
    address = reverse("desk:discontinue_offer", args=[offer.pk])

    client.post(address, {"on": "2026-06-01"})
    assert "No longer sold" in page_of(client, offer)
    assert offer.code not in body(client.get(reverse("desk:offers"), {"sold": "yes"}))
    client.post(address)
    assert "On sale" in page_of(client, offer)


def test_who_may_not_change_offers_reads_them_without_buttons():
    client, offer = signed_in("bill"), make_price().offer

    assert "New price" not in page_of(client, offer)
    client.raise_request_exception = False
    assert client.post(new_price(offer), PRICE).status_code == 403
    assert (
        client.post(reverse("desk:discontinue_offer", args=[offer.pk]), {"on": "2026-06-01"}).status_code
        == 403
    )
