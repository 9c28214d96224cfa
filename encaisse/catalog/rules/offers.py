"""What an offer says of itself, and which of it may still change."""

import enum
from typing import Final, NamedTuple

from encaisse.catalog.errors import MeterMissing, OfferKeepsItsPeriods
from encaisse.catalog.rules.periods import Alignment, PeriodUnit, Proration, Timing


class OfferKind(enum.StrEnum):
    """What makes an offer cost something: that it begins, that time passes, that it is used."""

    ONE_SHOT = "one_shot"
    RECURRING = "recurring"
    USAGE = "usage"


class Aggregation(enum.StrEnum):
    """What usage of a period comes to: its sum, how often, the most at once, how many different members."""

    SUM = "sum"
    COUNT = "count"
    MAXIMUM = "maximum"
    UNIQUE = "unique"


class OfferFacts(NamedTuple):
    """An offer but for its code and its product; `meter` and `aggregation` are of usage alone."""

    name_fr: str
    name_en: str
    kind: str = OfferKind.RECURRING
    period_unit: str = PeriodUnit.MONTH
    period_count: int = 1
    timing: str = Timing.ADVANCE
    alignment: str = Alignment.ANNIVERSARY
    proration: str = Proration.DAY
    meter: str = ""
    aggregation: str = ""


# What contracts are billed by: fixed once one holds the offer.
KEPT: Final = ("kind", "period_unit", "period_count", "timing", "alignment", "meter", "aggregation")


def settled(facts: OfferFacts) -> OfferFacts:
    """The facts without what their kind has no use for: usage is billed once it is known, a price once has no
    period. Raises MeterMissing."""
    if facts.kind != OfferKind.USAGE:
        facts = facts._replace(meter="", aggregation="")
    if facts.kind == OfferKind.ONE_SHOT:
        return facts._replace(
            period_unit=PeriodUnit.MONTH,
            period_count=1,
            timing=Timing.ADVANCE,
            alignment=Alignment.ANNIVERSARY,
            proration=Proration.NONE,
        )
    if facts.kind == OfferKind.USAGE:
        if not facts.meter:
            raise MeterMissing()
        return facts._replace(timing=Timing.ARREARS, aggregation=facts.aggregation or Aggregation.SUM)
    return facts


def kept(before: OfferFacts, after: OfferFacts) -> None:
    """Nothing differs that contracts are billed by. Raises OfferKeepsItsPeriods with the field that does."""
    for field in KEPT:
        if getattr(before, field) != getattr(after, field):
            raise OfferKeepsItsPeriods(field=field)
