"""Whatever is sold and whatever happens to it, runs bill what a slow calculator of its own says, to the cent; by one
worker, by four, killed at random and resumed, or repeated."""

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from encaisse.billing.errors import RunNotInState
from encaisse.billing.models import Claim, Run
from encaisse.billing.operations.runs import run_of
from encaisse.billing.queries.runs import selection_of
from encaisse.charge.models import Charge
from encaisse.flows import billing_cycle, books
from encaisse.invoice.models import Invoice, Series
from tests.flows.calculator import Judge
from tests.flows.staging import SCOPE, Stage, bills, built, happen
from tests.flows.stories import ACTOR
from tests.flows.test_survival import dies_at_statement, in_threads
from tests.flows.worlds import plan

HANDS: Final = 4
DEATHS: Final = 4


class Undone(Exception):
    """An example leaves nothing behind."""


def start(stage: Stage, number: int) -> int:
    on = stage.plan.runs[number]
    return billing_cycle.start(SCOPE, cutoff_date=on, issue_date=on, selection=stage.selection)


def one_worker(run_id: int) -> None:
    """The step that the run is in, then the next one: what is done after a crash too."""
    if run_of(run_id).state in ("new", "drafting"):
        billing_cycle.draft(run_id, actor=ACTOR)
    if run_of(run_id).state in ("review", "issuing"):
        billing_cycle.issue(run_id, actor=ACTOR)


def four_workers(run_id: int) -> None:
    for step in (billing_cycle.draft, billing_cycle.issue):

        def share(step: Callable[..., None] = step) -> None:
            with suppress(RunNotInState):  # the others were faster
                step(run_id, actor=ACTOR)

        assert in_threads([share] * HANDS) == []


def killed(run_id: int) -> None:
    rng = random.Random(run_id)
    for _ in range(DEATHS):
        if not dies_at_statement(rng.randint(2, 90), lambda: one_worker(run_id)):
            return
    one_worker(run_id)


def repeated(run_id: int) -> None:
    """Each step twice, then a second run until the same day, which finds nothing."""
    one_worker(run_id)
    for step in (billing_cycle.draft, billing_cycle.issue):
        with pytest.raises(RunNotInState):
            step(run_id, actor=ACTOR)
    run = Run.objects.get(pk=run_id)
    dates = {"cutoff_date": run.cutoff_date, "issue_date": run.issue_date}
    before = Invoice.objects.count()
    one_worker(billing_cycle.start(SCOPE, selection=selection_of(run), **dates))
    assert Invoice.objects.count() == before


MANNERS: Final[Mapping[str, Callable[[int], None]]] = {
    "one worker": one_worker,
    "four workers": four_workers,
    "killed": killed,
    "repeated": repeated,
}


def assert_sound() -> None:
    """Books balanced, no hole in a series, and every charge billed at most once, by lines that add up to it."""
    assert list(books.check()) == []
    for series in Series.objects.all():
        given_out = Invoice.objects.filter(series=series).order_by("sequence")
        assert list(given_out.values_list("sequence", flat=True)) == list(range(1, series.last_number + 1))
    assert Claim.objects.count() <= Charge.objects.count()


@pytest.mark.django_db
@given(st.integers(0, 2**31))
def test_any_history_is_billed_as_it_is_worked_out_apart(seed: int) -> None:
    world = plan(seed, accounts=2)
    judge = Judge(world)
    with pytest.raises(Undone), transaction.atomic():
        stage = built(world, "un")
        for number in range(len(world.runs)):
            happen(stage, number)
            run_id = start(stage, number)
            one_worker(run_id)
            assert (number, bills(stage, run_id)) == (number, judge.run(number))
        assert_sound()
        raise Undone


def test_a_history_is_billed_the_same_in_every_manner(fresh_database: str) -> None:
    world = plan(20260201, accounts=6, sellers=HANDS)
    stages = {manner: built(world, manner) for manner in MANNERS}
    judges = {manner: Judge(world) for manner in MANNERS}

    for number in range(len(world.runs)):
        for manner, bill in MANNERS.items():
            happen(stages[manner], number)
            run_id = start(stages[manner], number)
            bill(run_id)
            made = (manner, number, run_of(run_id).state, bills(stages[manner], run_id))
            assert made == (manner, number, "complete", judges[manner].run(number))

    assert_sound()
