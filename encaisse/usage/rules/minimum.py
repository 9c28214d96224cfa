"""The least that a period costs: what completes its usage, and what late usage gives back of that.

A minimum is the price's for a whole period; one that is cut, by the segment or by another price, has the days'
share of it, half-up to the smallest unit of the currency. Usage counts for it before any discount.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from encaisse.kernel.money import from_minor, to_minor
from encaisse.usage.rules.rating import Window, days_of_price


class Minimum(NamedTuple):
    """The least of one period: `days` of `of_days` of `whole`, which is None where several prices share it."""

    amount: Decimal
    whole: Decimal | None
    days: int
    of_days: int


def minimum(windows: Sequence[Window], currency: str, *, by_day: bool) -> Minimum | None:
    """The least that the period of these windows costs, None without one."""
    shares = [
        (window.pricing.period_minimum, (window.until - window.first).days)
        for window in windows
        if window.pricing is not None and window.pricing.period_minimum
    ]
    if not shares:
        return None
    of_days = days_of_price(windows[0].period, by_day=by_day)
    exact = sum((price * days for price, days in shares), Decimal(0)) / of_days
    prices = {price for price, _ in shares}
    whole = prices.pop() if len(prices) == 1 else None
    return Minimum(_in_cents(exact, currency), whole, sum(days for _, days in shares), of_days)


def lacking(least: Decimal, used: Decimal, currency: str) -> Decimal:
    """What completes usage of that amount to the least: whole cents, so that both lines add up to it."""
    return max(Decimal(0), least - _in_cents(used, currency))


def change(least: Decimal, *, before: Decimal, after: Decimal, completed: Decimal, currency: str) -> Decimal:
    """How what completes a period changes when its usage, already completed by `completed`, goes on to `after`.

    Negative when late usage gives back some of it: never more than was charged.
    """
    moved = lacking(least, after, currency) - lacking(least, before, currency)
    return max(moved, -completed)


def _in_cents(amount: Decimal, currency: str) -> Decimal:
    return from_minor(to_minor(amount, currency), currency)
