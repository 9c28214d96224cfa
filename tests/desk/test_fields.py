"""Numbers as people type them."""

from decimal import Decimal

import pytest
from django.utils import translation

from encaisse.desk.fields import read_amount, typed


@pytest.mark.parametrize(
    ("text", "amount"),
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
def test_an_amount_is_read_in_either_manner(text, amount):
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "douze", "1,2,x", "NaN", "Infinity", "--1"])
def test_what_is_no_number_is_none(text):
    assert read_amount(text) is None


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("exact", ["1000", "1234.5", "0.023000", "0"])
def test_a_number_shown_to_be_changed_is_read_back_as_it_is(language, exact):
    with translation.override(language):
        assert read_amount(typed(Decimal(exact))) == Decimal(exact)
