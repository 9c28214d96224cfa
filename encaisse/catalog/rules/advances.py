"""What an advance for an offer comes to."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from encaisse.catalog.errors import AdvanceTwice
from encaisse.kernel import money


class AdvanceFacts(NamedTuple):
    """The advance for an offer since a day: a percentage, an amount in a currency, or none."""

    offer_id: int
    valid_from: dt.date
    percent: Decimal | None = None
    amount: Decimal | None = None
    currency: str = ""

    @property
    def terms(self) -> tuple[Decimal | None, Decimal | None, str]:
        """What it says, whatever the day."""
        return self.percent, self.amount, self.currency

    @property
    def asks(self) -> bool:
        """Whether it asks for anything."""
        return self.percent is not None or self.amount is not None


def settled(told: AdvanceFacts) -> AdvanceFacts:
    """The rule without a currency that it has no use for. Raises AdvanceTwice for an amount and a percentage."""
    if told.percent is not None and told.amount is not None:
        raise AdvanceTwice()
    return told if told.amount is not None else told._replace(currency="")


def asked_minor(rule: AdvanceFacts, first_period: Decimal, currency: str) -> int:
    """What it asks of an offer whose first whole period comes to so much, before tax, rounded half-up once."""
    if rule.amount is not None:
        return money.to_minor(rule.amount, currency)
    return money.to_minor(first_period * (rule.percent or Decimal(0)) / 100, currency)
