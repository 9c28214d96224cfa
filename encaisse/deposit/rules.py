"""What a template allows, and which part of what is held in the books goes with a part of a deposit."""

import datetime as dt
from typing import NamedTuple

from encaisse.deposit.errors import BeyondCustomerLimit, LimitsContradict, OutsideTemplate, ValidityTwice
from encaisse.kernel.money import half_up
from encaisse.subscription.rules.periods import months_later


class Limits(NamedTuple):
    """What a template says of its deposits, in minor units of `currency`; `valid_until` is a last day."""

    name: str
    currency: str
    min_minor: int
    max_minor: int
    customer_max_minor: int | None = None
    valid_until: dt.date | None = None
    valid_months: int | None = None
    is_auto_refund: bool = False


def checked(limits: Limits) -> Limits:
    """The same, which can be kept. Raises LimitsContradict, ValidityTwice."""
    most = limits.customer_max_minor
    if not 0 < limits.min_minor <= limits.max_minor or (most is not None and most < limits.min_minor):
        raise LimitsContradict()
    if limits.valid_until is not None and limits.valid_months is not None:
        raise ValidityTwice()
    return limits


def allow(limits: Limits, amount_minor: int, exposed_minor: int) -> None:
    """A deposit of this amount may be asked of a customer of whom `exposed_minor` is held or asked for already.

    Raises OutsideTemplate, BeyondCustomerLimit.
    """
    if not limits.min_minor <= amount_minor <= limits.max_minor:
        raise OutsideTemplate(amount_minor, limits.min_minor, limits.max_minor, limits.currency)
    most = limits.customer_max_minor
    if most is not None and exposed_minor + amount_minor > most:
        raise BeyondCustomerLimit(amount_minor, max(most - exposed_minor, 0), limits.currency)


def last_day(limits: Limits, requested_on: dt.date) -> dt.date | None:
    """The last day of a deposit asked for on this one; none when it is held until somebody ends it."""
    if limits.valid_months is not None:
        return months_later(requested_on, limits.valid_months)
    return limits.valid_until


def worth(part_minor: int, held_minor: int, held_acc_minor: int) -> int:
    """What a part of what is held is worth in the books: its share, and all that is left with the last of it."""
    return half_up(held_acc_minor * part_minor, held_minor) if part_minor != held_minor else held_acc_minor
