"""The stored taxes, resolved for a buyer."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from encaisse.tax.errors import UnknownTax, VatNumberMissing
from encaisse.tax.operations import choose_regime, install_taxes
from encaisse.tax.queries import deferred_classes, resolver
from tests.makers import CLERK, make_entity, make_product

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 10, 31)


@pytest.fixture
def paris():
    install_taxes()
    return resolver(country="FR", postcode="75002", on=TODAY)


def taxes_of(seller, country, postcode, vat_number=""):
    """The taxes of a business at this address, by class of products."""
    return seller.for_buyer(country, postcode, seller.kind(country, postcode, vat_number, is_business=True))


@pytest.mark.parametrize(
    ("country", "postcode", "vat_number", "category", "rate"),
    [
        ("FR", "75001", "", "S", "20"),
        ("FR", "97200", "", "S", "8.5"),
        ("FR", "97300", "", "E", "0"),
        ("DE", "10115", "DE136695976", "AE", "0"),
        ("GR", "10431", "EL094259216", "AE", "0"),
        ("MA", "20000", "", "O", "0"),
    ],
)
def test_a_business_pays_the_tax_of_its_address(paris, country, postcode, vat_number, category, rate):
    tax = taxes_of(paris, country, postcode, vat_number)("service")

    assert tax.category == category
    assert [(part.kind, part.rate) for part in tax.components] == [("vat", Decimal(rate))]


@pytest.mark.parametrize("vat_number", ["", "FR44732829320", "GR094259216"])
def test_only_a_vat_number_of_the_buyers_own_country_shifts_the_tax(paris, vat_number):
    tax_of = taxes_of(paris, "GR", "10431", vat_number)

    with pytest.raises(VatNumberMissing):
        tax_of("service")


def test_each_refusal_names_the_buyers_own_postcode_although_answers_are_shared(paris):
    for postcode in ("97150", "97800", "97150"):
        tax_of = taxes_of(paris, "FR", postcode)
        with pytest.raises(UnknownTax) as refused:
            tax_of("service")
        assert refused.value.facts() == {"tax_class": "service", "country": "MF", "postcode": postcode}


def test_the_buyers_of_one_place_share_their_answers(paris):
    rennes = taxes_of(paris, "FR", "35000")("service")
    lyon = taxes_of(paris, "FR", "69001")("service")

    assert rennes is lyon


def test_a_thousand_buyers_ask_the_database_nothing(paris):
    with CaptureQueriesContext(connection) as queries:
        for postcode in range(10_000, 11_000):
            taxes_of(paris, "FR", str(postcode))("service")

    assert len(queries) == 0


def test_without_a_choice_nothing_is_deferred():
    make_product(tax_class="service")

    assert deferred_classes(make_entity().pk, TODAY) == frozenset()


def test_the_newest_choice_not_after_the_day_holds():
    make_product(tax_class="service")
    entity = make_entity()
    for due_on, valid_from in [("receipts", dt.date(2026, 1, 1)), ("debits", dt.date(2026, 7, 1))]:
        choose_regime(entity.pk, tax_class="service", due_on=due_on, valid_from=valid_from, actor=CLERK)

    assert deferred_classes(entity.pk, dt.date(2025, 12, 31)) == frozenset()
    assert deferred_classes(entity.pk, dt.date(2026, 6, 30)) == {"service"}
    assert deferred_classes(entity.pk, dt.date(2026, 7, 1)) == frozenset()


def test_a_variety_goes_as_its_nature_does_unless_it_is_chosen_for_by_name():
    for tax_class in ("service", "service-reduced", "service-rent", "goods"):
        make_product(tax_class=tax_class)
    entity = make_entity()
    for tax_class, due_on in [
        ("service", "receipts"),
        ("service-rent", "receipts"),
        ("service-rent", "debits"),
    ]:
        choose_regime(entity.pk, tax_class=tax_class, due_on=due_on, valid_from=TODAY, actor=CLERK)

    assert deferred_classes(entity.pk, TODAY) == {"service", "service-reduced"}
