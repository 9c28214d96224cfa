"""The words, amounts and dates of a document in the customer's language, from a catalogue per language.

Documents do not use gettext: a file made today must read the same when it is made again in ten years, so
its words live beside its templates and change with them.
"""

import datetime as dt
import json
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from encaisse.document.content import Language, Period
from encaisse.kernel import money

_CATALOGUES: Final = Path(__file__).parent / "words"
_MINUS: Final = "\N{MINUS SIGN}"
_SPACE: Final = "\N{NO-BREAK SPACE}"
_NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
_IN_A_NUMBER: Final = re.compile(r"(?<=\d)\s(?=\d{3}\b)")
_BEFORE_A_SIGN: Final = re.compile(r"(?<=\d)\s(?=[%€$£])")
_SYMBOLS: Final = {
    Language.FRENCH: {"EUR": "€", "XOF": f"F{_NARROW}CFA", "XAF": f"F{_NARROW}CFA"},
    Language.ENGLISH: {"EUR": "€", "GBP": "£", "USD": "$"},
}


class Wording:
    """One language: its phrases, and its manner of writing numbers, money, rates and dates."""

    def __init__(self, language: Language) -> None:
        """Read the catalogue of the language."""
        self.language = language
        self._french = language is Language.FRENCH
        self._phrases: dict[str, str] = json.loads((_CATALOGUES / f"{language}.json").read_text("utf-8"))

    def say(self, key: str, **facts: object) -> str:
        """The phrase of that key, its facts filled in. A missing key is a KeyError: catalogues are whole."""
        return self._phrases[key].format(**facts)

    def knows(self, key: str) -> bool:
        """Whether there is a phrase of that key."""
        return key in self._phrases

    def unit(self, code: str) -> str:
        """The short name of a unit; nothing for one piece; the code itself for a unit without a name."""
        return "" if code == "C62" else self._phrases.get(f"unit.{code}", code)

    def number(self, value: Decimal, *, places: int = 0) -> str:
        """An exact number, without trailing zeros beyond `places` decimals."""
        exponent = int(value.normalize().as_tuple().exponent)
        text = f"{value:,.{max(places, -exponent)}f}"
        if self._french:
            text = text.replace(",", _NARROW).replace(".", ",")
        return text.replace("-", _MINUS)

    def amount(self, minor: int, currency: str) -> str:
        """An amount without its currency, with all of the currency's decimals."""
        return self.number(money.from_minor(minor, currency), places=money.decimals(currency))

    def money(self, minor: int, currency: str) -> str:
        """An amount with its currency, as the language places it."""
        text = self.amount(minor, currency)
        symbol = _SYMBOLS[self.language].get(currency)
        if self._french:
            return f"{text}{_SPACE}{symbol or currency}"
        sign = _MINUS if minor < 0 else ""
        return f"{sign}{symbol or currency + _SPACE}{text.removeprefix(_MINUS)}"

    def round_money(self, minor: int, currency: str) -> str:
        """An amount with its currency, without decimals when they are all zero: the 40 € of the law."""
        text = self.money(minor, currency)
        places = money.decimals(currency)
        point = "," if self._french else "."
        return text.replace(f"{point}{'0' * places}", "") if places else text

    def price(self, price: Decimal, currency: str) -> str:
        """A unit price without its currency: all of its decimals, and at least the currency's."""
        return self.number(price, places=money.decimals(currency))

    def grouped(self, code: str, size: int) -> str:
        """A code such as a SIREN or an IBAN cut into groups that stay on one line."""
        return self.joined(*(code[start : start + size] for start in range(0, len(code), size)))

    def joined(self, *parts: str) -> str:
        """Parts that stay on one line, such as a quantity and its unit; empty ones are left out."""
        return _SPACE.join(filter(None, parts))

    def typed(self, text: str) -> str:
        """Figures as somebody typed them, their spaces such that no figure is cut at the end of a line."""
        text = _IN_A_NUMBER.sub(_NARROW, text)
        return _BEFORE_A_SIGN.sub(lambda found: _SPACE if text[found.end()] != "%" else _NARROW, text)

    def percent(self, rate: Decimal) -> str:
        """A rate, such as 8.5 %."""
        return f"{self.number(rate)}{_NARROW if self._french else ''}%"

    def date(self, day: dt.date) -> str:
        """A date in full; the French first of a month is "1er"."""
        ordinal = "er" if self._french and day.day == 1 else ""
        return f"{day.day}{ordinal}{_SPACE}{self._phrases[f'month.{day.month}']}{_SPACE}{day.year}"

    def short_date(self, day: dt.date) -> str:
        """A date in figures, or in English with its month abbreviated, lest days and months be confused."""
        if self._french:
            return f"{day:%d/%m/%Y}"
        return f"{day.day}{_SPACE}{self._phrases[f'month.{day.month}'][:3]}{_SPACE}{day.year}"

    def period(self, period: Period) -> str:
        """The first and the last day of a period."""
        return self.say("period", start=self.short_date(period.start), end=self.short_date(period.last_day))


@cache
def wording(language: Language) -> Wording:
    """The wording of a language, read once a process."""
    return Wording(language)
