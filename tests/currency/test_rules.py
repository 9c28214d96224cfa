"""Rates: exact ratios, rounded once, in both directions and whatever the decimals of the currencies."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.currency.rules import Rate, converted, quotient

JANUARY = dt.date(2026, 1, 1)


def rate(base: str, quote: str, value: str, units: int = 1) -> Rate:
    return Rate(1, base, quote, units, Decimal(value), JANUARY, "source")


@pytest.mark.parametrize(
    ("amount_minor", "start", "told", "result"),
    [
        (1234, "EUR", rate("EUR", "MAD", "10.95"), 13512),
        (5678, "EUR", rate("EUR", "MAD", "10.95"), 62174),
        (13512, "MAD", rate("EUR", "MAD", "10.95"), 1234),
        (-1234, "EUR", rate("EUR", "MAD", "10.95"), -13512),
        (10_000, "EUR", rate("EUR", "XOF", "655.957"), 65_596),
        (65_596, "XOF", rate("EUR", "XOF", "655.957"), 10_000),
        (100_000, "XOF", rate("XOF", "EUR", "1.5245", units=1000), 15_245),
        (1_000, "EUR", rate("EUR", "TND", "3.3715"), 33_715),
    ],
)
def test_an_amount_is_converted_exactly_and_rounded_once(amount_minor, start, told, result):
    assert converted(amount_minor, start, told) == result


def test_what_is_read_of_a_rate_is_rounded_and_never_converted_by():
    assert quotient(rate("EUR", "MAD", "10.95"), "EUR") == Decimal("10.9500000000")
    assert quotient(rate("EUR", "XOF", "655.957"), "XOF") == Decimal("0.0015244902")


@given(st.integers(-(10**12), 10**12), st.decimals("0.0001", "9999", places=4))
def test_what_is_converted_mirrors_its_opposite(amount_minor, value):
    told = rate("EUR", "MAD", str(value))

    assert converted(-amount_minor, "EUR", told) == -converted(amount_minor, "EUR", told)
