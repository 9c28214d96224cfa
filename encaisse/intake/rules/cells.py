"""Cells as text, exact numbers and dates, with a typed refusal for what cannot be read.

A cell is read through its text, so a record gives the same row whether it comes from the file or from the staging
table.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeVar

from encaisse.intake.errors import (
    ChoiceUnknown,
    ControlCharacter,
    DateInvalid,
    NotANumber,
    NumberOutOfRange,
    TextTooLong,
    TooManyDecimals,
)
from encaisse.kernel.errors import UnknownCurrency
from encaisse.kernel.money import CURRENCIES

Cell = str | Decimal | dt.date
T = TypeVar("T")

# What numeric(20, 6) holds.
_LARGEST: Final = Decimal("99999999999999.999999")
_SPACES: Final = "[ '’\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}]"
_NUMBER: Final = re.compile(rf"[+-]?(?:[0-9]+|[0-9]{{1,3}}(?:{_SPACES}[0-9]{{3}})+)(?:[.,][0-9]+)?")
# With both marks present, the last one is the decimal mark and the other groups thousands.
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:,[0-9]{3})+\.[0-9]+)")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
# 2026-10-17, and 20261017 without its marks; a week of the year is nobody's way to write a day.
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})")
# What XML 1.0 forbids, tabulations and line breaks besides.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# What PostgreSQL refuses, or no encoding can write.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_YEARS: Final = range(1900, 2200)
_FORMULA: Final = re.compile(r"'*[=+@\t\r-]")


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """The text as people compare it: no case, no accents, œ as oe, nothing but letters, digits, spaces."""
    folded = text.casefold().replace("œ", "oe").replace("æ", "ae")
    letters = (char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in letters).split())


def text_of(cell: Cell) -> str:
    """The cell as text that the parsers below read back to the same value.

    An apostrophe before what a spreadsheet would take for a formula only says that it is text.
    """
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell).strip()
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it without computing anything; `text_of` reads it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def storable(text: str) -> str:
    """The text as PostgreSQL takes it: a file may hold characters that it refuses."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def stored(cells: Mapping[str, Cell]) -> dict[str, str]:
    """The record as the staging table keeps it."""
    return {storable(heading): storable(text_of(cell)) for heading, cell in cells.items()}


def parse_text(text: str, *, longest: int = 200) -> str:
    """The text in composed Unicode, on one line. Raises TextTooLong and ControlCharacter."""
    composed = unicodedata.normalize("NFC", text).strip()
    if _UNPRINTABLE.search(composed):
        raise ControlCharacter()
    if len(composed) > longest:
        raise TextTooLong(longest=longest)
    return composed


def parse_lines(text: str, *, longest: int = 200) -> tuple[str, ...]:
    """The lines of a cell that may hold several, without blank ones. Raises as `parse_text` does."""
    return tuple(parse_text(line, longest=longest) for line in re.split(r"[\r\n]+", text) if line.strip())


def parse_decimal(
    text: str, *, decimals: int = 6, lowest: Decimal = Decimal(0), highest: Decimal = _LARGEST
) -> Decimal:
    """An exact number: comma or point, thousands by spaces (hard ones too), or by the mark that is not last.

    Raises NotANumber, TooManyDecimals and NumberOutOfRange.
    """
    written = text.replace("\N{MINUS SIGN}", "-")
    if _GROUPED.fullmatch(written):
        written = written.replace("," if written.rindex(".") > written.rindex(",") else ".", "")
    elif not _NUMBER.fullmatch(written):
        raise NotANumber()
    number = Decimal(re.sub(_SPACES, "", written).replace(",", "."))
    if not lowest <= number <= highest:
        raise NumberOutOfRange(lowest=lowest, highest=highest)
    if number != round(number, decimals):
        raise TooManyDecimals(decimals=decimals)
    return number


def parse_date(text: str) -> dt.date:
    """A date of the calendar, day first (17/10/2026) or year first (2026-10-17, 20261017). Raises DateInvalid."""
    if day_first := _DAY_FIRST.fullmatch(text):
        day, month, year = day_first[1], day_first[3], day_first[4]
    elif year_first := _YEAR_FIRST.fullmatch(text):
        year, month, day = year_first[1], year_first[3], year_first[4]
    else:
        raise DateInvalid()
    try:
        date = dt.date(int(year), int(month), int(day))
    except ValueError:
        raise DateInvalid() from None
    if date.year not in _YEARS:
        raise DateInvalid()
    return date


def parse_currency(text: str) -> str:
    """The ISO 4217 code of a currency whose decimals we know. Raises UnknownCurrency."""
    currency = text.upper()
    if currency not in CURRENCIES:
        raise UnknownCurrency(currency=currency)
    return currency


def parse_choice(text: str, labels: Mapping[str, T]) -> T:
    """The value whose label, in plain letters, is this text. Raises ChoiceUnknown."""
    try:
        return labels[plain(text)]
    except KeyError:
        raise ChoiceUnknown(choices=tuple(labels)) from None
