"""Amounts, numbers and dates as people read and write them."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from encaisse.kernel.errors import UnknownCurrency
from encaisse.kernel.money import CURRENCIES, from_minor
from encaisse.ui import formats


@pytest.mark.parametrize(
    ("amount_minor", "currency", "french", "english"),
    [
        (123450, "EUR", "1\u202f234,50\u00a0€", "€1,234.50"),
        (-33499, "EUR", "\u2212334,99\u00a0€", "\u2212€334.99"),
        (0, "EUR", "0,00\u00a0€", "€0.00"),
        (5, "EUR", "0,05\u00a0€", "€0.05"),
        (78500, "XOF", "78\u202f500\u00a0F\u202fCFA", "XOF\u00a078,500"),
        (1250250, "TND", "1\u202f250,250\u00a0TND", "TND\u00a01,250.250"),
        (-7, "TND", "\u22120,007\u00a0TND", "\u2212TND\u00a00.007"),
        (100000000000, "USD", "1\u202f000\u202f000\u202f000,00\u00a0$US", "$1,000,000,000.00"),
    ],
)
def test_an_amount_reads_in_the_manner_of_the_language(amount_minor, currency, french, english) -> None:
    with translation.override("fr"):
        assert formats.money(amount_minor, currency) == french
    with translation.override("en"):
        assert formats.money(amount_minor, currency) == english


def test_an_unknown_currency_is_refused_rather_than_guessed() -> None:
    with pytest.raises(UnknownCurrency):
        formats.money(1, "ZZZ")


@given(st.integers(-(10**15), 10**15), st.sampled_from(sorted(CURRENCIES)), st.sampled_from(["fr", "en"]))
def test_what_is_shown_reads_back_as_the_same_amount(amount_minor, currency, language) -> None:
    with translation.override(language):
        assert formats.read_number(formats.amount(amount_minor, currency)) == from_minor(
            amount_minor, currency
        )
    assert formats.plain(amount_minor, currency) == f"{from_minor(amount_minor, currency):f}"


@pytest.mark.parametrize(
    ("language", "typed", "number"),
    [
        ("fr", "1 234,50", "1234.50"),
        ("fr", "1\u202f234,50 €", "1234.50"),
        ("fr", "1.234,50", "1234.50"),
        ("fr", "1234.5", "1234.5"),
        ("fr", "-12", "-12"),
        ("fr", ",5", "0.5"),
        ("en", "1,234.50", "1234.50"),
        ("en", "€1,234", "1234"),
        ("en", "\u221212.5", "-12.5"),
    ],
)
def test_a_number_is_read_as_people_type_it(language, typed, number) -> None:
    with translation.override(language):
        assert formats.read_number(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["", "douze", "1e5", "1,2,3", "--1", "NaN", "1.2.3", "٣"])
def test_what_is_not_a_number_is_none(typed) -> None:
    with translation.override("fr"):
        assert formats.read_number(typed) is None


def test_quantities_and_rates_lose_their_trailing_zeros() -> None:
    with translation.override("fr"):
        assert formats.number(Decimal("1234.500000")) == "1\u202f234,5"
        assert formats.number(1234567) == "1\u202f234\u202f567"
        assert formats.percent(Decimal("5.50")) == "5,5\u202f%"
    with translation.override("en"):
        assert formats.number(Decimal("-0.125000")) == "\u22120.125"
        assert formats.percent(20) == "20%"


def test_dates_and_periods_read_in_both_languages() -> None:
    first, next_month = dt.date(2025, 11, 1), dt.date(2025, 12, 1)
    with translation.override("fr"):
        assert formats.date(first) == "01/11/2025"
        assert formats.long_date(first) == "1er\u00a0novembre 2025"
        assert formats.period(first, next_month) == "01/11/2025 – 30/11/2025"
    with translation.override("en"):
        assert formats.date(first) == "01 Nov 2025"
        assert formats.long_date(first) == "1\u00a0November 2025"
        assert formats.period(first, first + dt.timedelta(days=1)) == "01 Nov 2025"


def test_an_instant_is_shown_in_the_zone_of_the_reader() -> None:
    midnight = dt.datetime(2025, 11, 20, 23, 30, tzinfo=dt.UTC)
    with translation.override("fr"), timezone.override("Europe/Paris"):
        assert formats.instant(midnight) == "21/11/2025\u00a000:30"
