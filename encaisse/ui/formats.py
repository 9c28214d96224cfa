"""Amounts, numbers and dates for people to read, in the manner of the active language.

French: `1 234,50 €`, thousands grouped by a narrow no-break space, the currency after a no-break space.
English: `€1,234.50`. A negative amount carries a true minus sign. Nothing here rounds money: amounts arrive
as whole minor units. Plain string work, because a list formats hundreds of cells.
"""

import datetime as dt
import re
from decimal import Decimal
from functools import cache
from typing import Final

from django.utils import dateformat, timezone
from django.utils.translation import get_language

from encaisse.kernel import money as kernel_money

NARROW_SPACE: Final = "\u202f"
SPACE: Final = "\u00a0"
MINUS: Final = "\u2212"

# Where the code itself is not what people write. English puts a sign before the amount and a name after it.
_FRENCH_SYMBOLS: Final = {
    "EUR": "€", "GBP": "£", "USD": "$US", "CAD": "$CA", "JPY": "¥",
    "XOF": f"F{NARROW_SPACE}CFA", "XAF": f"F{NARROW_SPACE}CFA", "XPF": "F",
}  # fmt: skip
_ENGLISH_SYMBOLS: Final = {"EUR": "€", "GBP": "£", "USD": "$", "CAD": "CA$", "JPY": "¥"}


def in_french() -> bool:
    """Whether the reader's language is French; English is the other one."""
    return (get_language() or "").startswith("fr")


def money(amount_minor: int, currency: str) -> str:
    """An amount with its currency and all its decimals. Raises UnknownCurrency."""
    digits = amount(abs(amount_minor), currency)
    sign = MINUS if amount_minor < 0 else ""
    if in_french():
        return f"{sign}{digits}{SPACE}{_FRENCH_SYMBOLS.get(currency, currency)}"
    symbol = _ENGLISH_SYMBOLS.get(currency) or currency + SPACE
    return f"{sign}{symbol}{digits}"


def amount(amount_minor: int, currency: str) -> str:
    """An amount without its currency, for columns that name it once. Raises UnknownCurrency."""
    places = _places(currency)
    main, rest = divmod(abs(amount_minor), 10**places)
    return _written(amount_minor < 0, f"{main:,}", f"{rest:0{places}}" if places else "")


def price(exact: Decimal, currency: str) -> str:
    """An exact price with its currency: as an amount when whole minor units say it, else with all its decimals.

    Raises UnknownCurrency.
    """
    amount_minor = kernel_money.to_minor(exact, currency)
    if kernel_money.from_minor(amount_minor, currency) == exact:
        return money(amount_minor, currency)
    return money(0, currency).replace(amount(0, currency), number(exact))


def plain(amount_minor: int, currency: str) -> str:
    """An amount for machines and copies: digits and a point, such as `-1234.50`. Raises UnknownCurrency."""
    return f"{kernel_money.from_minor(amount_minor, currency):f}"


def number(value: int | Decimal) -> str:
    """A count, quantity or unit price with its own decimals and grouped thousands; trailing zeros go."""
    text = f"{abs(value):,f}" if isinstance(value, Decimal) else f"{abs(value):,}"
    main, _, rest = text.partition(".")
    return _written(value < 0, main, rest.rstrip("0"))


def percent(value: Decimal | int) -> str:
    """A rate given in hundredths, such as a tax: 20 reads `20 %`."""
    return f"{number(value)}{NARROW_SPACE if in_french() else ''}%"


def date(value: dt.date) -> str:
    """A date of the same width in every row: `21/11/2025`, in English `21 Nov 2025`."""
    return value.strftime("%d/%m/%Y") if in_french() else dateformat.format(value, "d M Y")


def long_date(value: dt.date) -> str:
    """A date as one writes it in a sentence: `1er novembre 2025`, in English `1 November 2025`."""
    return f"{day_of_month(value)}{SPACE}{dateformat.format(value, 'F Y')}"


def day_of_month(value: dt.date) -> str:
    """The day as a sentence says it: `1er`, then `2`; in English the plain number."""
    return "1er" if in_french() and value.day == 1 else str(value.day)


def month(value: dt.date) -> str:
    """The month of a date: `novembre 2025`, in English `November 2025`."""
    return f"{dateformat.format(value, 'F')}{SPACE}{value.year}"


def instant(value: dt.datetime) -> str:
    """Date and minute in the reader's time zone, on 24 hours."""
    local = timezone.localtime(value)
    return f"{date(local.date())}{SPACE}{local:%H:%M}"


def period(start: dt.date, end: dt.date) -> str:
    """A half-open period as its first and last day; a single day is shown once."""
    last = end - dt.timedelta(days=1)
    return date(start) if last <= start else f"{date(start)} – {date(last)}"


def read_number(text: str) -> Decimal | None:
    """What a person typed, in the manner of the language or of a machine; None when it is not a number.

    Spaces and currency signs are left out. The mark of decimals is the comma in French, where a point serves
    when there is no comma; in English it is the point, and commas group thousands.
    """
    bare = re.sub(r"[\s'’€$£]", "", text).replace(MINUS, "-")
    if not in_french():
        bare = bare.replace(",", "")
    elif "," in bare:
        bare = bare.replace(".", "").replace(",", ".", 1)
    return Decimal(bare) if re.fullmatch(r"[+-]?\d*\.?\d+", bare, re.ASCII) else None


@cache
def _places(currency: str) -> int:
    return kernel_money.decimals(currency)


def _written(negative: bool, main: str, rest: str) -> str:  # noqa: FBT001
    if in_french():
        main = main.replace(",", NARROW_SPACE)
    mark = "," if in_french() else "."
    return f"{MINUS if negative else ''}{main}{mark + rest if rest else ''}"
