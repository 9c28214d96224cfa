"""Money: whole minor units beside an ISO 4217 currency. Never a float."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import lcm
from typing import Final

from encaisse.kernel.errors import UnknownCurrency

# Decimals by ISO 4217; the list is the currencies of the countries that we serve and their neighbours.
_DECIMALS: Final = {
    "EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "CAD": 2, "MAD": 2, "DZD": 2, "MRU": 2, "NGN": 2, "GHS": 2,
    "SEK": 2, "NOK": 2, "DKK": 2, "PLN": 2, "CZK": 2, "HUF": 2, "RON": 2, "BGN": 2, "AUD": 2, "CNY": 2,
    "XOF": 0, "XAF": 0, "XPF": 0, "JPY": 0, "GNF": 0, "KMF": 0, "DJF": 0, "RWF": 0,
    "TND": 3, "LYD": 3, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3,
}  # fmt: skip
_MILLIONTHS: Final[dict[str, int]] = {currency: 10 ** (6 - scale) for currency, scale in _DECIMALS.items()}
CURRENCIES: Final = frozenset(_DECIMALS)
_UNITS: Final = {0: Decimal(1), 2: Decimal("0.01"), 3: Decimal("0.001")}


def decimals(currency: str) -> int:
    """How many decimals the currency has. Raises UnknownCurrency."""
    try:
        return _DECIMALS[currency]
    except KeyError:
        raise UnknownCurrency(currency=currency) from None


def to_minor(amount: Decimal, currency: str) -> int:
    """Round an exact amount of main units half-up to whole minor units; halves go away from zero."""
    scaled = amount.scaleb(decimals(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def millionths(text: str) -> int:
    """An exact number written with six decimals, as whole millionths: nothing is faster to add and multiply."""
    return int(text.replace(".", ""))


def written(millionths: int) -> str:
    """So many millionths as PostgreSQL writes an exact number with six decimals."""
    whole, rest = divmod(abs(millionths), 1_000_000)
    return f"{'-' if millionths < 0 else ''}{whole}.{rest:06}"


def millionths_in_minor(currency: str) -> int:
    """How many millionths of a main unit are one minor unit. Raises UnknownCurrency."""
    try:
        return _MILLIONTHS[currency]
    except KeyError:
        raise UnknownCurrency(currency=currency) from None


def half_up(numerator: int, denominator: int) -> int:
    """A quotient rounded to a whole number; halves go away from zero. `denominator` is positive."""
    rounded = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -rounded if numerator < 0 else rounded


def from_minor(amount_minor: int, currency: str) -> Decimal:
    """The exact amount in main units, with the currency's decimals."""
    return Decimal(amount_minor).scaleb(-decimals(currency))


def split(total_minor: int, weights: Sequence[Decimal | int]) -> list[int]:
    """Split a stored amount in proportion to `weights` by the largest remainder, so shares add up to it.

    Ties go by position; a negative total is the mirror image of the positive one. Weights of zero sum share
    the total as if they were equal. Weights must not be negative, and there must be at least one.
    """
    if not weights:
        raise ValueError("a split needs at least one weight")
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight cannot be negative")
    sign = -1 if total_minor < 0 else 1
    return [sign * share for share in _largest_remainder(abs(total_minor), _integers(weights))]


def _integers(weights: Sequence[Decimal | int]) -> list[int]:
    # Brought to one denominator as integers: no context of decimals can round a digit away.
    ratios = [weight.as_integer_ratio() for weight in weights]
    if not any(numerator for numerator, _ in ratios):
        return [1] * len(ratios)
    common = lcm(*(denominator for _, denominator in ratios))
    return [numerator * (common // denominator) for numerator, denominator in ratios]


def _largest_remainder(total: int, weights: list[int]) -> list[int]:
    base = sum(weights)
    shares = [total * weight // base for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % base), i))
    for position in by_remainder[: total - sum(shares)]:
        shares[position] += 1
    return shares
