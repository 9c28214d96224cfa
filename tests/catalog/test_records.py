"""Offers of an imported file."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from encaisse.adapters.tables import Record
from encaisse.adapters.tabular import open_table
from encaisse.catalog.errors import PeriodUnknown, RevenueAccountInvalid, TiersUnreadable
from encaisse.catalog.rules.offers import OfferFacts
from encaisse.catalog.rules.periods import PeriodUnit, Recurrence, Timing
from encaisse.catalog.rules.price_records import PRICE_COLUMNS, parse_tiers, read_price
from encaisse.catalog.rules.pricing import Pricing, Tier
from encaisse.catalog.rules.records import OFFER_COLUMNS, parse_account, parse_recurrence, read_offer
from encaisse.intake.rules import match_columns, read_rows

SAMPLES = Path(__file__).parents[2] / "samples"
MONTHLY, YEARLY = Recurrence(1, PeriodUnit.MONTH), Recurrence(1, PeriodUnit.YEAR)


def test_the_sample_offers_are_sold_by_the_month_or_the_year():
    with (SAMPLES / "offers.csv").open("rb") as stream:
        table = open_table(stream)
        columns = match_columns(table.headings, OFFER_COLUMNS)
        offers = [row for _, row in read_rows(table.records(), columns, read_offer)]

    assert [
        (
            o.reference,
            o.product,
            o.described.tax_class,
            o.described.revenue_account,
            Recurrence(o.facts.period_count, o.facts.period_unit),
            o.facts.timing,
            o.price.pricing.unit_price,
            o.price.currency,
        )
        for o in offers
    ] == [
        ("COURRIER-PLUS", "COURRIER", "service", "706100", MONTHLY, Timing.ADVANCE, Decimal(15), "EUR"),
        ("FIBRE-PRO", "ACCES", "service", "706200", MONTHLY, Timing.ADVANCE, Decimal("49.9"), "EUR"),
        ("FIBRE-PRO+TV", "ACCES", "service", "706200", MONTHLY, Timing.ADVANCE, Decimal("64.9"), "EUR"),
        ("STOCKAGE", "STOCKAGE", "service", "706300", MONTHLY, Timing.ARREARS, Decimal("0.023"), "EUR"),
        ("MAINT-ANNUELLE", "MAINTENANCE", "service", "706400", YEARLY, Timing.ADVANCE, Decimal(1200), "EUR"),
    ]


def test_an_offer_in_english_takes_its_defaults():
    cells = {
        "Offer": "X", "Name": "Box", "Product": "BOX", "Tax class": "goods", "Revenue account": "707",
        "Period": "6 months", "Timing": "in arrears", "Unit price": "1,234.50",
    }  # fmt: skip

    offer = read_offer(Record(2, cells), match_columns(list(cells), OFFER_COLUMNS))

    assert offer.facts == OfferFacts("Box", "Box", period_count=6, timing=Timing.ARREARS)
    assert offer.described == ("", "", "goods", "707", "C62")
    assert offer.price == (Pricing(0, "per_unit", unit_price=Decimal("1234.5")), "", "EUR", None, None)


def test_a_wrong_offer_names_every_column():
    cells = {
        "Offre": "X", "Désignation": "", "Produit": "X", "Nature fiscale": "rente",
        "Compte de produits": "411", "Périodicité": "parfois", "Terme": "un jour", "Prix unitaire HT": "-1",
    }  # fmt: skip

    errors = read_offer(Record(2, cells), match_columns(list(cells), OFFER_COLUMNS))

    assert [(error.column, error.code) for error in errors] == [
        ("Nature fiscale", "choice_unknown"),
        ("Compte de produits", "revenue_account_invalid"),
        ("Désignation", "value_missing"),
        ("Périodicité", "period_unknown"),
        ("Terme", "choice_unknown"),
        ("Prix unitaire HT", "number_out_of_range"),
    ]


@pytest.mark.parametrize(
    ("written", "count", "unit"),
    [
        ("Mensuelle", 1, "month"),
        ("1 mois", 1, "month"),
        ("trimestriel", 3, "month"),
        ("Annuelle", 1, "year"),
        ("2 ans", 2, "year"),
        ("18 months", 18, "month"),
        ("hebdomadaire", 1, "week"),
        ("2 semaines", 2, "week"),
        ("10 jours", 10, "day"),
        ("30 days", 30, "day"),
    ],
)
def test_an_offer_recurs_by_days_weeks_months_or_years(written, count, unit):
    assert parse_recurrence(written) == (count, unit)


def test_usage_is_read_with_what_is_counted_and_a_price_by_tiers():
    cells = {
        "Offre": "MINUTES", "Désignation": "Minutes", "Produit": "VOIX", "Nature fiscale": "service",
        "Compte de produits": "706", "Type": "Usage", "Périodicité": "", "Terme": "", "Compteur": "minutes",
        "Agrégation": "Somme", "Prix unitaire HT": "", "Tranches": "100:0,50;1000:0,40;:0,30",
        "Minimum par période": "100", "Code client": "C1", "Applicable jusqu'au": "31/12/2026",
    }  # fmt: skip

    offer = read_offer(Record(2, cells), match_columns(list(cells), OFFER_COLUMNS))

    assert offer.facts == OfferFacts("Minutes", "Minutes", "usage", meter="minutes", aggregation="sum")
    tiers = (
        Tier(Decimal(100), Decimal("0.5")),
        Tier(Decimal(1000), Decimal("0.4")),
        Tier(None, Decimal("0.3")),
    )
    pricing = Pricing(0, "graduated", tiers=tiers, period_minimum=Decimal(100))
    assert offer.price == (pricing, "C1", "EUR", None, dt.date(2027, 1, 1))


@pytest.mark.parametrize("written", ["0,50", "a:1", "100:x", ":", ";", "100:0,50;;:1"])
def test_tiers_that_mean_nothing_are_refused(written):
    with pytest.raises(TiersUnreadable):
        parse_tiers(written)


def test_a_price_needs_its_unit_price_unless_its_model_has_none():
    def errors(**cells: str) -> list[tuple[str, str]]:
        table = {"Offre": "X", "Applicable au": "01/01/2026", "Prix unitaire HT": "", "Modèle de prix": ""}
        table |= {name.replace("_", " "): value for name, value in cells.items()}
        read = read_price(Record(2, table), match_columns(list(table), PRICE_COLUMNS))
        return [(error.column, error.code) for error in read] if isinstance(read, list) else []

    assert errors() == [("Prix unitaire HT", "value_missing")]
    assert errors(Paquet="100") == [("Prix unitaire HT", "value_missing")]
    assert errors(Pourcentage="1,2") == []
    assert errors(Pourcentage="101") == [("Pourcentage", "number_out_of_range")]
    assert errors(Tranches=":0,30") == []


def test_a_period_or_an_account_that_means_nothing_is_refused():
    with pytest.raises(PeriodUnknown):
        parse_recurrence("0 mois")
    with pytest.raises(RevenueAccountInvalid):
        parse_account("70")
