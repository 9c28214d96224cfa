"""Two catalogues that say the same things, and numbers written as each language writes them."""

import datetime as dt
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from encaisse.document import wording as module
from encaisse.document.content import Language, Period
from encaisse.document.wording import wording

FRENCH, ENGLISH = wording(Language.FRENCH), wording(Language.ENGLISH)


def catalogue(language: str) -> dict[str, str]:
    return json.loads((Path(module.__file__).parent / "words" / f"{language}.json").read_text("utf-8"))


def test_both_catalogues_say_everything_with_the_same_facts():
    def facts(text: str) -> set[str]:
        return set(re.findall(r"{\w+}", text))

    french, english = catalogue("fr"), catalogue("en")

    assert list(french) == list(english)
    assert {key for key in french if facts(french[key]) != facts(english[key])} == set()


def test_french_is_set_with_its_own_spaces_and_apostrophes():
    wrong = [
        text for text in catalogue("fr").values() if re.search(r"['\"]|\.\.\.| [:;!?%€»]|« |\w[:;!?»]", text)
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("minor", "currency", "french", "english"),
    [
        (334_99, "EUR", "334,99\u00a0€", "€334.99"),
        (-334_99, "EUR", "\u2212334,99\u00a0€", "\u2212€334.99"),
        (1_234_567_89, "EUR", "1\u202f234\u202f567,89\u00a0€", "€1,234,567.89"),
        (1234, "XOF", "1\u202f234\u00a0F\u202fCFA", "XOF\u00a01,234"),
        (1_234, "TND", "1,234\u00a0TND", "TND\u00a01.234"),
        (0, "MAD", "0,00\u00a0MAD", "MAD\u00a00.00"),
    ],
)
def test_money(minor, currency, french, english):
    assert FRENCH.money(minor, currency) == french
    assert ENGLISH.money(minor, currency) == english


def test_round_money_drops_decimals_of_zero_alone():
    assert FRENCH.round_money(40_00, "EUR") == "40\u00a0€"
    assert FRENCH.round_money(50_000_00, "EUR") == "50\u202f000\u00a0€"
    assert FRENCH.round_money(40_50, "EUR") == "40,50\u00a0€"
    assert ENGLISH.round_money(40_00, "EUR") == "€40"


def test_numbers_keep_their_own_decimals():
    assert FRENCH.number(Decimal("2.500")) == "2,5"
    assert FRENCH.number(Decimal("1E+3")) == "1\u202f000"
    assert FRENCH.price(Decimal("0.0425"), "EUR") == "0,0425"
    assert FRENCH.price(Decimal("85"), "EUR") == "85,00"
    assert FRENCH.percent(Decimal("8.5")) == "8,5\u202f%"
    assert ENGLISH.percent(Decimal("20.00")) == "20%"


def test_dates():
    first = dt.date(2026, 11, 1)

    assert FRENCH.date(first) == "1er\u00a0novembre\u00a02026"
    assert ENGLISH.date(first) == "1\u00a0November\u00a02026"
    assert FRENCH.short_date(first) == "01/11/2026"
    assert ENGLISH.short_date(first) == "1\u00a0Nov\u00a02026"
    assert FRENCH.period(Period(dt.date(2026, 10, 1), first)) == "du\u00a001/10/2026 au\u00a031/10/2026"


def test_units():
    assert FRENCH.unit("MON") == "mois"
    assert FRENCH.unit("C62") == ""
    assert ENGLISH.unit("XPP") == "XPP"
