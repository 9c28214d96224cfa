"""Periods: their grid, those that are due, and the days that a segment holds of them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.catalog.rules.periods import Alignment, PeriodUnit, Timing
from encaisse.subscription.rules.periods import (
    Grid,
    Period,
    Segment,
    anchor_for,
    billed_through_boundary,
    boundary,
    number_at,
    periods_due,
    whole_period,
)

DAY = dt.timedelta(days=1)
starts = st.dates(dt.date(2015, 1, 1), dt.date(2030, 12, 31))
units = st.sampled_from(PeriodUnit)
counts = st.integers(1, 24)
timings = st.sampled_from(Timing)
gaps = st.integers(0, 2000)
grids = st.builds(Grid, starts, units, counts)


def monthly(anchor, **kept):
    grid = Grid(anchor, PeriodUnit.MONTH, kept.pop("count", 1))
    kept = {"timing": Timing.ADVANCE, "billed_through": anchor, "until": None} | kept
    return Segment(grid, **kept)


def test_a_month_keeps_its_day_where_it_can():
    months = Grid(dt.date(2026, 1, 31), PeriodUnit.MONTH, 1)

    assert [boundary(months, number) for number in range(1, 4)] == [
        dt.date(2026, 2, 28),
        dt.date(2026, 3, 31),
        dt.date(2026, 4, 30),
    ]
    years = Grid(dt.date(2024, 2, 29), PeriodUnit.YEAR, 1)
    assert [boundary(years, number) for number in (1, 4)] == [dt.date(2025, 2, 28), dt.date(2028, 2, 29)]


def test_days_and_weeks_are_counted_one_by_one():
    assert boundary(Grid(dt.date(2026, 1, 31), PeriodUnit.DAY, 10), 3) == dt.date(2026, 3, 2)
    assert boundary(Grid(dt.date(2026, 1, 31), PeriodUnit.WEEK, 2), 3) == dt.date(2026, 3, 14)


@pytest.mark.parametrize(
    ("unit", "count", "anchor"),
    [
        ("day", 10, dt.date(2026, 5, 14)),
        ("week", 1, dt.date(2026, 5, 11)),
        ("month", 1, dt.date(2026, 5, 1)),
        ("month", 3, dt.date(2026, 4, 1)),
        ("month", 6, dt.date(2026, 1, 1)),
        ("month", 5, dt.date(2026, 5, 1)),
        ("year", 1, dt.date(2026, 1, 1)),
    ],
)
def test_the_calendar_gives_the_anchor_of_what_is_aligned_with_it(unit, count, anchor):
    thursday = dt.date(2026, 5, 14)

    assert anchor_for(thursday, unit, count, Alignment.CALENDAR) == anchor
    assert anchor_for(thursday, unit, count, Alignment.ANNIVERSARY) == thursday


def test_in_advance_a_period_is_due_once_it_begins_before_the_cutoff():
    item = monthly(dt.date(2026, 9, 15))

    assert periods_due(item, dt.date(2026, 9, 15)) == []
    first = Period(dt.date(2026, 9, 15), dt.date(2026, 10, 15), 30, 30)
    assert periods_due(item, dt.date(2026, 9, 16)) == [first]
    assert len(periods_due(item, dt.date(2026, 11, 16))) == 3


def test_in_arrears_a_period_is_due_once_it_is_over():
    item = monthly(dt.date(2026, 9, 15), timing=Timing.ARREARS)

    assert periods_due(item, dt.date(2026, 10, 14)) == []
    first = Period(dt.date(2026, 9, 15), dt.date(2026, 10, 15), 30, 30)
    assert periods_due(item, dt.date(2026, 10, 15)) == [first]


def test_a_first_period_of_the_calendar_is_short():
    item = monthly(dt.date(2026, 1, 1), billed_through=dt.date(2026, 1, 15))

    assert periods_due(item, dt.date(2026, 2, 2)) == [
        Period(dt.date(2026, 1, 15), dt.date(2026, 2, 1), 17, 31),
        Period(dt.date(2026, 2, 1), dt.date(2026, 3, 1), 28, 28),
    ]


@pytest.mark.parametrize("timing", Timing)
def test_the_last_period_stops_with_the_segment(timing):
    item = monthly(dt.date(2026, 2, 1), timing=timing, until=dt.date(2026, 2, 10))

    assert periods_due(item, dt.date(2027, 1, 1)) == [
        Period(dt.date(2026, 2, 1), dt.date(2026, 2, 10), 9, 28)
    ]
    assert len(periods_due(item, dt.date(2026, 2, 10))) == 1
    assert len(periods_due(item, dt.date(2026, 2, 9))) == (timing == Timing.ADVANCE)


def test_what_is_billed_is_not_due_again():
    item = monthly(dt.date(2024, 6, 14), count=12, billed_through=dt.date(2026, 6, 14))

    assert periods_due(item, dt.date(2026, 6, 14)) == []
    (due,) = periods_due(item, dt.date(2026, 6, 15))
    assert due == Period(dt.date(2026, 6, 14), dt.date(2027, 6, 14), 365, 365)


def test_a_date_from_elsewhere_becomes_the_boundary_that_it_stands_for():
    start, date = dt.date(2026, 1, 15), dt.date(2026, 10, 1)
    months, years = Grid(start, PeriodUnit.MONTH, 1), Grid(start, PeriodUnit.YEAR, 1)

    assert billed_through_boundary(months, start, Timing.ADVANCE, date) == dt.date(2026, 10, 15)
    assert billed_through_boundary(months, start, Timing.ARREARS, date) == dt.date(2026, 9, 15)
    assert billed_through_boundary(years, start, Timing.ADVANCE, date) == dt.date(2027, 1, 15)
    for timing in Timing:
        boundary_itself = dt.date(2026, 10, 15)
        assert billed_through_boundary(months, start, timing, boundary_itself) == boundary_itself
        assert billed_through_boundary(months, start, timing, dt.date(2020, 1, 1)) == start
    calendar = Grid(dt.date(2026, 1, 1), PeriodUnit.MONTH, 1)
    assert billed_through_boundary(calendar, start, Timing.ARREARS, dt.date(2026, 1, 20)) == start


def test_in_arrears_what_had_ended_by_a_date_from_elsewhere_was_billed_to_its_end():
    start, date = dt.date(2026, 4, 6), dt.date(2026, 11, 1)
    months = Grid(start, PeriodUnit.MONTH, 1)
    ended, still_held = dt.date(2026, 10, 24), dt.date(2026, 11, 2)

    assert billed_through_boundary(months, start, Timing.ARREARS, date, ended) == ended
    assert billed_through_boundary(months, start, Timing.ARREARS, date, date) == date
    assert billed_through_boundary(months, start, Timing.ARREARS, date, still_held) == dt.date(2026, 10, 6)
    assert billed_through_boundary(months, start, Timing.ARREARS, date, start) == start


@given(grids, gaps)
def test_the_whole_period_of_a_day_holds_it(grid, gap):
    day = grid.anchor + gap * DAY
    period = whole_period(grid, day)

    assert period.first <= day < period.until
    assert boundary(grid, number_at(grid, day)) == period.first
    assert period.days == (period.until - period.first).days


@given(grids, timings, gaps, gaps, gaps)
def test_periods_follow_each_other_and_are_those_of_the_cutoff(grid, timing, billed, lasts, cut):
    through = grid.anchor + billed * DAY
    until, cutoff = through + lasts * DAY, grid.anchor + 2 * cut * DAY
    periods = periods_due(Segment(grid, timing, through, until), cutoff)

    expected = []
    for number in range(number_at(grid, through), number_at(grid, until) + 1):
        first, ends = boundary(grid, number), boundary(grid, number + 1)
        cut_first, cut_until = max(first, through), min(ends, until)
        is_due = cut_until <= cutoff if timing == Timing.ARREARS else cut_first < cutoff
        if is_due and cut_first < cut_until:
            days = (cut_until - cut_first).days
            expected.append(Period(cut_first, cut_until, days, (ends - first).days))
    assert periods == expected


@given(grids, timings, st.none() | gaps, st.lists(st.integers(0, 400), min_size=1, max_size=4))
def test_many_runs_charge_what_one_run_would(grid, timing, lasts, steps):
    ends = None if lasts is None else grid.anchor + lasts * DAY
    once = Segment(grid, timing, grid.anchor, ends)
    charged, cutoff, at = [], grid.anchor, once
    for step in steps:
        cutoff += step * DAY
        due = periods_due(at, cutoff)
        charged += due
        at = at._replace(billed_through=due[-1].until) if due else at

    assert charged == periods_due(once, cutoff)
    assert all(before.until == after.first for before, after in zip(charged, charged[1:], strict=False))
    assert all(ends is None or period.until <= ends for period in charged)


@given(grids, gaps, gaps)
def test_the_boundary_in_advance_is_never_before_the_date_nor_more_than_a_period_after(grid, late, gap):
    start = min(grid.anchor + late * DAY, whole_period(grid, grid.anchor).until - DAY)
    date = start + gap * DAY
    advance = billed_through_boundary(grid, start, Timing.ADVANCE, date)
    arrears = billed_through_boundary(grid, start, Timing.ARREARS, date)

    assert start <= arrears <= date <= advance
    assert advance <= whole_period(grid, date).until
    assert (advance == arrears) == (advance == date)
