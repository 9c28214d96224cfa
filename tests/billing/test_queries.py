"""What people read of runs: only what became of the accounts that they may see."""

import pytest

from encaisse.billing.models import Chunk, Outcome, Run
from encaisse.billing.queries.runs import (
    Outcomes,
    Progress,
    Reason,
    Steps,
    exceptions,
    run_detail,
    runs,
    whole_run,
)
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.party.models import BillingAccount, LegalEntity
from tests.makers import make_account, make_customer, make_entity, make_rep, make_run

pytestmark = pytest.mark.django_db
CLERK = Actor("user", 1, "Claire")
EVERYTHING = Scope(CLERK, Level.EVERYTHING)


def set_aside(run: Run, account: BillingAccount, reason: str = "unknown_tax", **facts: str) -> None:
    Outcome.objects.create(run=run, account=account, outcome="exception", reason=reason, facts=facts)


def has_nothing(run: Run, account: BillingAccount) -> None:
    Outcome.objects.create(run=run, account=account, outcome="nothing")


def account_of(rep=None, entity: LegalEntity | None = None) -> BillingAccount:
    return make_account(customer=make_customer(rep=rep), legal_entity=entity or make_entity())


def own(rep) -> Scope:
    return Scope(CLERK, Level.OWN, rep_id=rep.pk)


def test_runs_come_newest_first_with_their_exceptions():
    first, second = make_run(), make_run(kind="manual", account=make_account())
    set_aside(first, account_of())
    set_aside(first, account_of())
    has_nothing(first, account_of())

    rows, total = runs(EVERYTHING)

    assert [(row.id, row.kind, row.exceptions) for row in rows] == [
        (second.pk, "manual", 0),
        (first.pk, "mass", 2),
    ]
    assert (total, rows[0].actor, rows[0].account) == (2, "Claire", second.account.reference)


def test_runs_are_narrowed_and_paged():
    made = [make_run() for _ in range(3)]
    make_run(state="new", kind="manual", account=make_account())

    rows, total = runs(EVERYTHING, kind="mass", offset=1, limit=1)

    assert ([row.id for row in rows], total) == ([made[1].pk], 3)
    assert runs(EVERYTHING, state="review") == ([], 0)


def test_a_run_says_how_far_it_is_and_how_accounts_ended():
    run, entity = make_run(), make_entity()
    for first, state in enumerate(("issued", "drafted", "rated", "planned", "planned"), 1):
        chunk = Chunk.objects.create(
            run=run, legal_entity=entity, first_account=first, last_account=first, listed=10, invoiced=first
        )
        for step in ("rated", "drafted", "issued"):
            if chunk.state != state:
                chunk.state = step
                chunk.save()
    set_aside(run, account_of(), "no_rate_recorded")
    set_aside(run, account_of())
    set_aside(run, account_of())
    has_nothing(run, account_of())

    found = run_detail(EVERYTHING, run.pk)

    assert found.steps == Steps(Progress(30, 50), Progress(20, 50), Progress(1, 15))
    assert found.outcomes == Outcomes(invoiced=0, nothing=1, exceptions=3)
    assert found.reasons == (Reason("unknown_tax", 2), Reason("no_rate_recorded", 1))
    assert found.is_whole


def test_a_rep_sees_what_became_of_own_accounts_only():
    run, rep = make_run(), make_rep()
    mine = account_of(rep)
    set_aside(run, mine, country="FR")
    set_aside(run, account_of(make_rep()))
    has_nothing(run, account_of())

    found = run_detail(own(rep), run.pk)
    rows, total = exceptions(own(rep), run.pk)

    assert (found.outcomes, found.is_whole) == (Outcomes(0, 0, 1), False)
    assert runs(own(rep))[0][0].exceptions == 1
    assert ([(row.account, row.facts) for row in rows], total) == ([(mine.reference, {"country": "FR"})], 1)


def test_a_rep_does_not_see_a_run_of_others():
    run, rep = make_run(), make_rep()
    set_aside(run, account_of(make_rep()))

    assert runs(own(rep)) == ([], 0)
    with pytest.raises(NotFound):
        run_detail(own(rep), run.pk)


def test_exceptions_are_narrowed_by_their_reason():
    run = make_run()
    for reason in ("unknown_tax", "no_rate_recorded", "unknown_tax"):
        set_aside(run, account_of(), reason)

    rows, total = exceptions(EVERYTHING, run.pk, reason="unknown_tax", limit=1)

    assert ([row.reason for row in rows], total) == (["unknown_tax"], 2)


def test_who_sees_one_legal_entity_acts_on_its_runs_only():
    north, south = make_entity(), make_entity()
    scope = Scope(CLERK, Level.EVERYTHING, entity_ids=frozenset({north.pk}))
    every, of_north = make_run(), make_run(legal_entity=north)
    of_south, of_account = make_run(legal_entity=south), make_run(account=account_of(entity=north))
    set_aside(every, account_of(entity=north))
    set_aside(every, account_of(entity=south))

    assert {row.id for row in runs(scope)[0]} == {every.pk, of_north.pk, of_account.pk}
    assert run_detail(scope, every.pk).outcomes.exceptions == 1
    assert (whole_run(scope, of_north.pk).id, whole_run(scope, of_account.pk).id) == (
        of_north.pk,
        of_account.pk,
    )
    for run in (every, of_south):
        with pytest.raises(NotFound):
            whole_run(scope, run.pk)


def test_nobody_below_the_highest_level_acts_on_a_run():
    rep = make_rep()
    run = make_run(account=account_of(rep))

    assert run_detail(own(rep), run.pk).run.id == run.pk
    with pytest.raises(NotFound):
        whole_run(own(rep), run.pk)
