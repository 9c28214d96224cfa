"""Offers of every kind and their dated prices come in by file, once."""

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path

import pytest

from encaisse.catalog.models import Offer, PriceVersion
from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.pricing import price_in_force, rate, rate_transactions
from encaisse.flows.import_offers import import_offers
from encaisse.flows.import_prices import import_prices
from encaisse.intake.operations import ImportReport
from encaisse.kernel.errors import NotPermitted
from tests.makers import CLERK, make_customer, make_scope

pytestmark = pytest.mark.django_db

SAMPLES = Path(__file__).parents[2] / "samples"
JANUARY, JULY = dt.date(2026, 1, 1), dt.date(2026, 7, 1)
MINUTES = {
    "Offre": "MINUTES", "Désignation": "Minutes", "Produit": "VOIX", "Nature fiscale": "service",
    "Compte de produits": "706", "Type": "Usage", "Périodicité": "Mensuelle", "Terme": "",
    "Compteur": "minutes", "Agrégation": "Somme", "Prix unitaire HT": "",
    "Tranches": "100:0,50;1000:0,40;:0,30", "Minimum par période": "100,00",
}  # fmt: skip
CARDS = MINUTES | {
    "Offre": "CARTES", "Compteur": "cartes", "Tranches": "", "Minimum par période": "", "Pourcentage": "1,2",
    "Fixe par opération": "0,25", "Minimum par opération": "0,50", "Maximum par opération": "3,00",
}  # fmt: skip


def table(*records: dict[str, str]) -> io.BytesIO:
    headings = list(dict.fromkeys(name for record in records for name in record))
    lines = [headings, *([record.get(name, "") for name in headings] for record in records)]
    text = "\n".join(";".join(f'"{cell}"' for cell in line) for line in lines)
    return io.BytesIO(text.encode())


def sell(*records: dict[str, str]) -> ImportReport:
    return import_offers(table(*records), valid_from=JANUARY, file_name="offers.csv", actor=CLERK)


def price(*records: dict[str, str], **order: object) -> ImportReport:
    return import_prices(table(*records), valid_from=JANUARY, file_name="prices.csv", actor=CLERK, **order)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.refused


def reasons(report: ImportReport) -> list[tuple[str, str]]:
    return [(error.column, error.code) for error in report.errors]


def in_force(code: str, customer_id: int = 0, on: dt.date = JANUARY):
    key = Offer.objects.get(code=code).pk
    return price_in_force(price_book([key])[key], currency="EUR", customer_id=customer_id, on=on).pricing


def test_usage_comes_in_with_tiers_or_a_percentage_and_the_same_again_changes_nothing():
    assert counts(sell(MINUTES, CARDS)) == (2, 0, 0, 0)
    assert counts(sell(MINUTES, CARDS)) == (0, 0, 2, 0)

    minutes = Offer.objects.get(code="MINUTES")
    assert (minutes.kind, minutes.timing, minutes.meter, minutes.aggregation) == (
        "usage",
        "arrears",
        "minutes",
        "sum",
    )
    assert sum(part.amount for part in rate(in_force("MINUTES"), Decimal(1250))) == Decimal("485.00")
    assert in_force("MINUTES").period_minimum == 100
    values = [Decimal(10), Decimal(120), Decimal(1000)]
    assert sum(part.amount for part in rate_transactions(in_force("CARTES"), values)) == Decimal("5.19")


def test_an_older_file_leaves_what_it_has_no_column_for():
    full = MINUTES | {
        "Type": "Abonnement", "Terme": "À échoir", "Compteur": "", "Agrégation": "", "Tranches": "",
        "Prix unitaire HT": "30", "Minimum par période": "", "Alignement": "Calendaire", "Prorata": "Aucun",
    }  # fmt: skip
    sell(full)
    gone = {"Type", "Compteur", "Agrégation", "Tranches", "Minimum par période", "Alignement", "Prorata"}
    older = {name: value for name, value in full.items() if name not in gone}

    assert counts(sell(older)) == (0, 0, 1, 0)
    assert Offer.objects.values_list("alignment", "proration").get() == ("calendar", "none")


def test_the_sample_file_is_as_it_was():
    def bring() -> ImportReport:
        return import_offers(SAMPLES / "offers.csv", valid_from=JANUARY, file_name="offers.csv", actor=CLERK)

    assert counts(bring()) == (5, 0, 0, 0)
    assert counts(bring()) == (0, 0, 5, 0)
    assert set(Offer.objects.values_list("kind", "alignment", "proration")) == {
        ("recurring", "anniversary", "day")
    }
    assert set(PriceVersion.objects.values_list("model", "customer", "valid_to")) == {
        ("per_unit", None, None)
    }


def test_what_contradicts_an_offer_or_fits_no_model_is_refused_by_its_column():
    sell(MINUTES)

    report = sell(
        MINUTES | {"Périodicité": "Annuelle"},
        CARDS | {"Offre": "A", "Compteur": ""},
        CARDS | {"Offre": "B", "Maximum par opération": "0,10"},
        MINUTES | {"Offre": "C", "Tranches": "100:0,50;50:0,40;:0,30"},
        MINUTES | {"Offre": "D", "Type": "Abonnement", "Terme": "Échu", "Minimum par période": "10"},
        MINUTES | {"Offre": "E", "Prix unitaire HT": "3"},
    )

    assert reasons(report) == [
        ("Périodicité", "offer_keeps_its_periods"),
        ("Compteur", "meter_missing"),
        ("Maximum par opération", "price_bounds_crossed"),
        ("Tranches", "tiers_not_rising"),
        ("Minimum par période", "price_term_useless"),
        ("Prix unitaire HT", "price_term_useless"),
    ]
    assert Offer.objects.count() == 1


def test_customers_have_dated_prices_of_their_own():
    sell(MINUTES)
    customer = make_customer(reference="CLI1")
    own = {
        "Offre": "MINUTES",
        "Code client": "CLI1",
        "Prix unitaire HT": "0,20",
        "Applicable au": "01/07/2026",
    }
    listed = {
        "Offre": "MINUTES",
        "Code client": "",
        "Prix unitaire HT": "0,45",
        "Applicable au": "01/07/2026",
    }

    assert counts(price(own, listed)) == (2, 0, 0, 0)
    assert counts(price(own, listed)) == (0, 0, 2, 0)
    assert counts(price(own | {"Applicable jusqu'au": "31/08/2026"})) == (0, 1, 0, 0)
    assert counts(price(own | {"Applicable jusqu'au": "31/08/2026"})) == (0, 0, 1, 0)

    days = (dt.date(2026, 6, 30), JULY, dt.date(2026, 8, 31), dt.date(2026, 9, 1))
    assert [in_force("MINUTES", customer.pk, day).unit_price for day in days] == [
        None,
        Decimal("0.20"),
        Decimal("0.20"),
        Decimal("0.45"),
    ]


def test_prices_of_nobody_of_nothing_or_of_a_day_that_has_one_are_refused():
    sell(MINUTES)
    make_customer(reference="CLI1")
    known = {"Offre": "MINUTES", "Code client": "CLI1", "Prix unitaire HT": "0,20", "Applicable jusqu'au": ""}

    report = price(
        known,
        known | {"Prix unitaire HT": "0,21"},
        known | {"Offre": "RIEN"},
        known | {"Code client": "PERSONNE"},
        known | {"Applicable jusqu'au": "31/12/2025"},
        known | {"Applicable jusqu'au": "31/12/2026"},
        known | {"Applicable jusqu'au": "30/11/2026"},
    )

    assert counts(report) == (1, 1, 0, 5)
    assert reasons(report) == [
        ("Prix unitaire HT", "price_fixed_for_day"),
        ("Offre", "price_offer_unknown"),
        ("Code client", "price_customer_unknown"),
        ("Applicable jusqu'au", "price_ends_before_it_begins"),
        ("Applicable jusqu'au", "price_end_fixed"),
    ]
    own = PriceVersion.objects.get(customer__reference="CLI1")
    assert (own.unit_price, own.valid_to) == (Decimal("0.20"), dt.date(2027, 1, 1))


def test_a_dry_run_of_prices_writes_nothing_and_a_limited_role_may_not_bring_them():
    sell(MINUTES)
    listed = {"Offre": "MINUTES", "Prix unitaire HT": "0,45", "Applicable au": "01/07/2026"}

    assert counts(price(listed, dry_run=True)) == (1, 0, 0, 0)
    assert PriceVersion.objects.count() == 1
    with pytest.raises(NotPermitted):
        price(listed, scope=make_scope("import", entity_ids=frozenset({1})))
