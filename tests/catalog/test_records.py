"""Offers of an imported file."""

from decimal import Decimal
from pathlib import Path

import pytest

from encaisse.adapters.tabular import Record, open_table
from encaisse.catalog.errors import PeriodUnknown, RevenueAccountInvalid
from encaisse.catalog.rules.periods import PeriodUnit, Recurrence, Timing
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
            o.tax_class,
            o.revenue_account,
            o.recurrence,
            o.timing,
            o.unit_price,
            o.currency,
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

    assert (offer.name_fr, offer.name_en) == ("Box", "Box")
    assert (offer.product_name_fr, offer.product_name_en) == ("", "")
    assert (offer.unit, offer.currency, offer.valid_from) == ("C62", "EUR", None)
    assert (offer.recurrence.months, offer.unit_price, offer.tax_class) == (6, Decimal("1234.5"), "goods")


def test_a_wrong_offer_names_every_column():
    cells = {
        "Offre": "X", "Désignation": "", "Produit": "X", "Nature fiscale": "rente",
        "Compte de produits": "411", "Périodicité": "parfois", "Terme": "un jour", "Prix unitaire HT": "-1",
    }  # fmt: skip

    errors = read_offer(Record(2, cells), match_columns(list(cells), OFFER_COLUMNS))

    assert [(error.column, error.code) for error in errors] == [
        ("Désignation", "value_missing"),
        ("Nature fiscale", "choice_unknown"),
        ("Compte de produits", "revenue_account_invalid"),
        ("Périodicité", "period_unknown"),
        ("Terme", "choice_unknown"),
        ("Prix unitaire HT", "number_out_of_range"),
    ]


@pytest.mark.parametrize(
    ("written", "months"),
    [("Mensuelle", 1), ("1 mois", 1), ("trimestriel", 3), ("Annuelle", 12), ("2 ans", 24), ("18 months", 18)],
)
def test_a_price_recurs_by_months_or_years(written, months):
    assert parse_recurrence(written).months == months


def test_a_period_or_an_account_that_means_nothing_is_refused():
    with pytest.raises(PeriodUnknown):
        parse_recurrence("0 mois")
    with pytest.raises(RevenueAccountInvalid):
        parse_account("70")
