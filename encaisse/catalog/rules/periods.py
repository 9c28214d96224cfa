"""How offers recur."""

import enum
from typing import NamedTuple


class PeriodUnit(enum.StrEnum):
    """What periods are counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Timing(enum.StrEnum):
    """Whether a period is billed before it begins or after it ends."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class Recurrence(NamedTuple):
    """An offer recurs every `period_count` × `period_unit`."""

    period_count: int
    period_unit: PeriodUnit

    @property
    def months(self) -> int:
        """Its length in months, for one counted in months or years."""
        return self.period_count * (12 if self.period_unit == PeriodUnit.YEAR else 1)


class Alignment(enum.StrEnum):
    """Whether periods follow each other from the day of the start, or are those of the calendar."""

    ANNIVERSARY = "anniversary"
    CALENDAR = "calendar"


class Proration(enum.StrEnum):
    """What a period that is not whole costs: its days, or as much as a whole one."""

    DAY = "day"
    NONE = "none"
