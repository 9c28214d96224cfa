"""The periods of what recurs.

A grid of whole periods follows from its anchor: months and years keep the anchor's day where the month has it, so
that 31 January is followed by 28 February, then by 31 March. A segment that begins or ends within a whole period is
charged for the days that it holds of it. Every period is half-open: its last day is the day before `until`.
"""

import calendar
import datetime as dt
from typing import NamedTuple

from encaisse.catalog.rules.periods import Alignment, PeriodUnit, Timing


class Period(NamedTuple):
    """From `first` to `until`, exclusive: `days` of the `of_days` days of a whole period."""

    first: dt.date
    until: dt.date
    days: int
    of_days: int


class Grid(NamedTuple):
    """Whole periods of `every` × `unit` each, number 0 beginning on `anchor`."""

    anchor: dt.date
    unit: str
    every: int


class Segment(NamedTuple):
    """What is due of a segment: everything before `billed_through` is charged; `until`, exclusive, is its end."""

    grid: Grid
    timing: str
    billed_through: dt.date
    until: dt.date | None


def anchor_for(starts_on: dt.date, unit: str, every: int, alignment: str) -> dt.date:
    """Where the grid of what starts that day is anchored.

    On the day itself, or aligned with the calendar: on the Monday of its week, on 1 January of its year, on the
    first of January's run of `every` months that holds it, when such runs fill a year, else of its month.
    """
    if alignment == Alignment.ANNIVERSARY or unit == PeriodUnit.DAY:
        return starts_on
    if unit == PeriodUnit.WEEK:
        return starts_on - dt.timedelta(days=starts_on.weekday())
    if unit == PeriodUnit.YEAR:
        return starts_on.replace(month=1, day=1)
    before = (starts_on.month - 1) % every if 12 % every == 0 else 0
    return starts_on.replace(month=starts_on.month - before, day=1)


def boundary(grid: Grid, number: int) -> dt.date:
    """The first day of whole period `number`."""
    if grid.unit == PeriodUnit.DAY:
        return grid.anchor + dt.timedelta(days=grid.every * number)
    if grid.unit == PeriodUnit.WEEK:
        return grid.anchor + dt.timedelta(weeks=grid.every * number)
    return months_later(grid.anchor, _months(grid) * number)


def number_at(grid: Grid, day: dt.date) -> int:
    """The number of the whole period that holds the day."""
    if grid.unit in {PeriodUnit.DAY, PeriodUnit.WEEK}:
        length = grid.every * (7 if grid.unit == PeriodUnit.WEEK else 1)
        return (day - grid.anchor).days // length
    elapsed = (day.year - grid.anchor.year) * 12 + day.month - grid.anchor.month
    # Counted in whole months: the answer, or the period before it when the day comes before the anchor's.
    number = elapsed // _months(grid)
    return number if boundary(grid, number) <= day else number - 1


def whole_period(grid: Grid, day: dt.date) -> Period:
    """The whole period that holds the day."""
    number = number_at(grid, day)
    first, until = boundary(grid, number), boundary(grid, number + 1)
    days = (until - first).days
    return Period(first, until, days, days)


def periods_due(segment: Segment, cutoff: dt.date) -> list[Period]:
    """The periods to charge for a run at `cutoff`, in order, from `billed_through` on, none beyond the end.

    In advance: those that begin before the cutoff. In arrears: those that end on it or before, the end being
    exclusive, be it that of the segment.
    """
    due: list[Period] = []
    in_arrears = segment.timing == Timing.ARREARS
    first, end = segment.billed_through, segment.until
    number = number_at(segment.grid, first)
    starts = boundary(segment.grid, number)
    while first < cutoff and (end is None or first < end):
        number += 1
        ends = boundary(segment.grid, number)
        until = ends if end is None or ends < end else end
        if in_arrears and until > cutoff:
            break
        due.append(Period(first, until, (until - first).days, (ends - starts).days))
        first = starts = ends
    return due


def billed_through_boundary(
    grid: Grid, starts_on: dt.date, timing: str, date: dt.date, until: dt.date | None = None
) -> dt.date:
    """The boundary of periods that stands for "everything before `date` was billed elsewhere".

    In advance, the period under way at that date was billed when it began: the first boundary from the date
    on. In arrears it was not: the last boundary until the date, or, where the contract had ended by then, its
    end (`until`, exclusive), since its last period was over. Never before the start.
    """
    if date <= starts_on:
        return starts_on
    if timing == Timing.ARREARS and until is not None and until <= date:
        return max(until, starts_on)
    number = number_at(grid, date)
    last_until = boundary(grid, number)
    if timing == Timing.ARREARS or last_until == date:
        return max(last_until, starts_on)
    return boundary(grid, number + 1)


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of that month when it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    number = day.day
    if number > 28:
        number = min(number, calendar.monthrange(day.year + years, month + 1)[1])
    return dt.date(day.year + years, month + 1, number)


def next_end(start: dt.date, end: dt.date, months: int) -> dt.date:
    """The end, exclusive, of the term of some months that follows `end`, on the day of the start where it can."""
    grid = Grid(start, PeriodUnit.MONTH, months)
    number = number_at(grid, end)
    if boundary(grid, number) == end:
        return boundary(grid, number + 1)
    return months_later(end, months)


def _months(grid: Grid) -> int:
    return grid.every * (12 if grid.unit == PeriodUnit.YEAR else 1)
