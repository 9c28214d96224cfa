"""Numbers as people type them."""

from decimal import Decimal

import pytest

from encaisse.desk.fields import read_amount


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50\u00a0€", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("-12", "-12"),
        ("\u221212,5", "-12.5"),
        (",5", "0.5"),
    ],
)
def test_an_amount_is_read_in_either_manner(typed, amount):
    assert read_amount(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["", "douze", "1,2,x", "NaN", "Infinity", "--1"])
def test_what_is_no_number_is_none(typed):
    assert read_amount(typed) is None
