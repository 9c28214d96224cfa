"""How a run is narrowed, paused, shared, tried again and taken apart, and how cycles begin theirs."""

import datetime as dt

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from encaisse.billing.errors import (
    CycleNotRunning,
    NothingToBill,
    NothingToRetry,
    NotSeenWhole,
    RunNotInState,
)
from encaisse.billing.models import Chunk, Claim, Cycle, Outcome, Run, Trial
from encaisse.billing.operations import cycles
from encaisse.billing.operations import runs as billing
from encaisse.billing.queries.runs import run_detail, trial
from encaisse.billing.rules import EVERYONE, Recurrence, Selection
from encaisse.flows import billing_cycle, tasks
from encaisse.flows.preview_run import preview
from encaisse.flows.run_cycle import start_cycle, start_due_cycles, start_over
from encaisse.flows.try_run import answer_trial, ask_trial
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level, Scope
from encaisse.party.models import BillingAccount
from tests.flows.stories import ACTOR, FIRST_OF_FEBRUARY, SCOPE, bill, seller
from tests.makers import (
    make_account,
    make_charge,
    make_customer,
    make_cycle,
    make_group,
    make_identity,
    make_price,
    make_rep,
    make_scope,
    make_subscription,
)

pytestmark = pytest.mark.django_db
DATES = {"cutoff_date": FIRST_OF_FEBRUARY, "issue_date": FIRST_OF_FEBRUARY}


def start(selection: Selection = EVERYONE) -> int:
    return billing_cycle.start(SCOPE, selection=selection, **DATES)


def billed(run_id: int) -> set[int]:
    billing_cycle.draft(run_id, actor=ACTOR)
    return set(Invoice.objects.filter(run_id=run_id).values_list("account_id", flat=True))


def charged(**fields) -> BillingAccount:
    account = make_account(**fields)
    make_charge(account=account, currency=account.currency)
    return account


def nameless(entity) -> BillingAccount:
    return charged(legal_entity=entity, identity=make_identity(siren="", vat_number=""))


def three_chunks() -> None:
    for prefix in "FGH":
        charged(legal_entity=seller(invoice_prefix=prefix))


def mend(account: BillingAccount) -> None:
    account.identity = make_identity()
    account.save(update_fields=["identity"])


def test_a_run_is_narrowed_by_each_thing_that_can_be_said_of_an_account():
    entity, other = seller(), seller(invoice_prefix="G")
    rep = make_rep(group=make_group())
    offer = make_price().offer
    mine = charged(
        legal_entity=entity, customer=make_customer(rep=rep), payment_method="card", terms_kind="on_receipt"
    )
    make_subscription(make_price(offer=offer, valid_from=dt.date(2021, 1, 1)), account=mine)
    cycle = make_cycle()
    cycles.join(cycle.pk, [mine.pk], actor=ACTOR)
    others = {charged(legal_entity=entity).pk, charged(legal_entity=other).pk}
    selections = [
        Selection(account_id=mine.pk),
        Selection(customer_id=mine.customer_id),
        Selection(cycle_id=cycle.pk),
        Selection(group_id=rep.group_id),
        Selection(rep_id=rep.pk),
        Selection(offer_id=offer.pk),
        Selection(payment_method="card"),
        Selection(terms_kind="on_receipt"),
        Selection(legal_entity_id=entity.pk, rep_id=rep.pk, currency="EUR", country="FR"),
    ]

    for selection in selections:
        run_id = start(selection)
        assert (billed(run_id), selection) == ({mine.pk}, selection)
        assert Outcome.objects.filter(run_id=run_id).count() == 1
        billing_cycle.cancel(run_id, actor=ACTOR)

    assert billed(start(Selection(currency="EUR", country="FR"))) == {mine.pk} | others


def test_who_is_not_in_a_narrowed_run_is_not_even_rated():
    entity = seller()
    before, within, after = (make_account(legal_entity=entity) for _ in range(3))
    items = [make_subscription(account=account) for account in (before, within, after)]
    cycle = make_cycle()
    cycles.join(cycle.pk, [before.pk, after.pk], actor=ACTOR)

    assert billed(start(Selection(cycle_id=cycle.pk))) == {before.pk, after.pk}

    for item in items:
        item.refresh_from_db()
    assert [item.billed_through for item in items] == [
        FIRST_OF_FEBRUARY, dt.date(2026, 1, 1), FIRST_OF_FEBRUARY,
    ]  # fmt: skip


def test_the_accounts_of_a_narrowed_run_stay_the_same_to_its_end():
    entity = seller()
    account = charged(legal_entity=entity, payment_method="card")
    run_id = start(Selection(payment_method="card"))

    charged(legal_entity=entity, payment_method="card")

    assert billed(run_id) == {account.pk}
    assert Chunk.objects.get(run_id=run_id).accounts == [account.pk]


def test_nobody_is_billed_by_a_selection_of_nobody():
    seller()

    with pytest.raises(NothingToBill):
        start(Selection(payment_method="card"))

    assert Run.objects.count() == 0


def test_who_does_not_see_all_that_a_run_bills_begins_none():
    entity, other = seller(), seller(invoice_prefix="G")
    rep = make_rep()
    account = charged(legal_entity=entity, customer=make_customer(rep=rep))
    foreign = charged(legal_entity=other)
    limited = Scope(ACTOR, Level.EVERYTHING, entity_ids=frozenset({entity.pk}), permissions=SCOPE.permissions)
    own = Scope(ACTOR, Level.OWN, rep_id=rep.pk, permissions=SCOPE.permissions)
    refused = [
        (limited, Selection()),
        (limited, Selection(legal_entity_id=other.pk)),
        (limited, Selection(account_id=foreign.pk)),
        (limited, Selection(customer_id=account.customer_id)),
        (own, Selection(legal_entity_id=entity.pk)),
        (own, Selection(account_id=foreign.pk)),
        (own, Selection(rep_id=rep.pk)),
    ]

    for scope, selection in refused:
        with pytest.raises(NotSeenWhole):
            billing_cycle.start(scope, selection=selection, **DATES)
    with pytest.raises(NotPermitted):
        billing_cycle.start(make_scope("issue"), **DATES)
    assert Run.objects.count() == 0

    assert billing_cycle.start(limited, selection=Selection(legal_entity_id=entity.pk), **DATES)
    assert billing_cycle.start(own, selection=Selection(account_id=account.pk), **DATES)


def test_a_dry_run_of_a_selection_says_what_it_would_make_and_leaves_nothing():
    entity = seller()
    charged(legal_entity=entity, payment_method="card")
    charged(legal_entity=entity)

    found = preview(SCOPE, selection=Selection(payment_method="card"), **DATES)

    assert (found.detail.outcomes.invoiced, found.totals[0].gross_minor) == (1, 12_000)
    assert (Run.objects.count(), Invoice.objects.count(), Claim.objects.count()) == (0, 0, 0)


def test_a_trial_is_computed_by_a_worker_and_keeps_its_figures():
    entity = seller()
    charged(legal_entity=entity, payment_method="card")
    nameless(entity)
    trial_id = ask_trial(SCOPE, selection=Selection(legal_entity_id=entity.pk), **DATES)

    answer_trial(trial_id)
    answer_trial(trial_id)

    found = trial(SCOPE, trial_id)
    assert found.figures is not None
    assert found.figures["outcomes"] == {"invoiced": 1, "nothing": 0, "exceptions": 1}
    assert found.figures["reasons"] == [{"code": "missing_legal_data", "accounts": 1}]
    assert [total["gross_minor"] for total in found.figures["totals"]] == [12_000]
    assert (found.selection, found.chosen.entity) == (
        Selection(legal_entity_id=entity.pk),
        entity.identity.name,
    )
    assert (Run.objects.count(), Invoice.objects.count()) == (0, 0)
    with pytest.raises(NotFound):
        trial(Scope(ACTOR, Level.OWN, rep_id=make_rep().pk), trial_id)


def test_a_trial_that_is_refused_says_why():
    seller()
    trial_id = ask_trial(SCOPE, selection=Selection(payment_method="card"), **DATES)

    answer_trial(trial_id)

    assert Trial.objects.get().refused == {"code": "nothing_to_bill", "facts": {}}


def test_a_paused_run_goes_on_where_it_stopped():
    three_chunks()
    run_id = start()

    def pause_after_first(name: str, done: int, total: int) -> None:
        if (name, done) == ("draft", 1):
            billing.pause(run_id, ACTOR)

    billing_cycle.draft(run_id, actor=ACTOR, progress=pause_after_first)
    paused = run_detail(SCOPE, run_id)
    assert (paused.run.state, paused.run.paused_by, paused.outcomes.invoiced) == ("drafting", "Camille", 1)
    assert not billing.pause(run_id, ACTOR)
    billing_cycle.draft(run_id, actor=ACTOR)
    assert run_detail(SCOPE, run_id).outcomes.invoiced == 1

    assert billing.resume(run_id, ACTOR)
    billing_cycle.draft(run_id, actor=ACTOR)
    assert (run_detail(SCOPE, run_id).run.state, run_detail(SCOPE, run_id).outcomes.invoiced) == ("review", 3)
    with pytest.raises(RunNotInState):
        billing.pause(run_id, ACTOR)

    billing_cycle.issue(
        run_id, actor=ACTOR, progress=lambda name, done, total: done == 1 and billing.pause(run_id, ACTOR)
    )
    assert Invoice.objects.filter(state="issued").count() == 1
    billing.resume(run_id, ACTOR)
    billing_cycle.issue(run_id, actor=ACTOR)
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [
        "F2026-000001", "G2026-000001", "H2026-000001",
    ]  # fmt: skip


def test_a_paused_run_can_be_cancelled():
    entity = seller()
    charged(legal_entity=entity)
    run_id = start()
    billing.pause(run_id, ACTOR)

    billing_cycle.cancel(run_id, actor=ACTOR)

    run = Run.objects.get(pk=run_id)
    assert (run.state, run.paused_at) == ("cancelled", None)


def test_a_run_is_shared_by_as_many_tasks_as_it_has_chunks():
    three_chunks()
    run_id = start()

    tasks.draft_run_later(run_id, actor=ACTOR)

    assert ProcrastinateJob.objects.filter(task_name=tasks.DRAFT_RUN, args__run_id=run_id).count() == 3


def test_mended_exceptions_become_drafts_of_the_same_run():
    entity = seller()
    good, first, second = charged(legal_entity=entity), nameless(entity), nameless(entity)
    nowhere = charged(legal_entity=entity, identity=make_identity(country="BR"))
    run_id = start()
    assert billed(run_id) == {good.pk}
    mend(first)
    mend(second)

    assert billing.retry(run_id, ACTOR, account_ids=[first.pk]) == 1
    assert billed(run_id) == {good.pk, first.pk}
    assert billing.retry(run_id, ACTOR, reason="missing_legal_data") == 1
    assert billed(run_id) == {good.pk, first.pk, second.pk}
    assert billing.retry(run_id, ACTOR) == 1
    assert billed(run_id) == {good.pk, first.pk, second.pk}

    refused = Outcome.objects.get(run_id=run_id, outcome="exception")
    assert (refused.account_id, refused.reason) == (nowhere.pk, "unknown_tax")
    with pytest.raises(NothingToRetry):
        billing.retry(run_id, ACTOR, reason="missing_legal_data")
    assert Run.objects.get(pk=run_id).state == "review"
    assert Claim.objects.count() == 3
    billing_cycle.issue(run_id, actor=ACTOR)
    assert run_detail(SCOPE, run_id).steps.issuing.done == 3


def test_an_account_without_a_price_waits_while_another_of_its_chunk_is_tried_again():
    entity = seller()
    unpriced, nobody = make_account(legal_entity=entity), nameless(entity)
    make_subscription(make_price(valid_from=dt.date(2027, 1, 1)), account=unpriced)
    run_id = start()
    assert billed(run_id) == set()
    mend(nobody)

    billing.retry(run_id, ACTOR, account_ids=[nobody.pk])

    assert billed(run_id) == {nobody.pk}
    outcome = Outcome.objects.get(run_id=run_id, account=unpriced)
    assert (outcome.outcome, outcome.reason) == ("exception", "price_missing")


def test_what_a_complete_run_set_aside_is_taken_up_by_another_run():
    entity = seller()
    charged(legal_entity=entity)
    late = nameless(entity)
    run_id = bill(entity)
    mend(late)

    again = start_over(SCOPE, run_id, issue_date=FIRST_OF_FEBRUARY)

    assert billed(again) == {late.pk}
    assert run_detail(SCOPE, again).run.chosen.exceptions_of == run_id
    with pytest.raises(RunNotInState):
        start_over(SCOPE, again, issue_date=FIRST_OF_FEBRUARY)


def test_a_draft_taken_out_of_a_run_opens_its_charges_and_may_come_back():
    entity = seller()
    kept, out = charged(legal_entity=entity), charged(legal_entity=entity)
    run_id = start()
    billed(run_id)
    draft = Invoice.objects.get(account=out)

    billing_cycle.exclude(SCOPE, run_id, draft.pk)

    draft.refresh_from_db()
    outcome = Outcome.objects.get(run_id=run_id, account=out)
    assert (draft.state, outcome.reason, outcome.facts) == ("cancelled", "excluded", {"by": "Camille"})
    assert Claim.objects.count() == 1
    with pytest.raises(NotFound):
        billing_cycle.exclude(SCOPE, run_id, draft.pk)

    billing.retry(run_id, ACTOR, account_ids=[out.pk])
    assert billed(run_id) == {kept.pk, out.pk}
    billing_cycle.issue(run_id, actor=ACTOR)
    assert Invoice.objects.filter(state="issued").count() == 2
    with pytest.raises(RunNotInState):
        billing_cycle.exclude(SCOPE, run_id, Invoice.objects.get(account=kept).pk)


@pytest.mark.parametrize(
    ("recurrence", "days"),
    [
        (Recurrence(dt.date(2026, 1, 31), "month", 1), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        (Recurrence(dt.date(2026, 1, 31), "month", 3), ["2026-01-31", "2026-04-30", "2026-07-31"]),
        (Recurrence(dt.date(2026, 1, 5), "week", 2), ["2026-01-05", "2026-01-19", "2026-02-02"]),
        (Recurrence(dt.date(2024, 2, 29), "year", 1), ["2024-02-29", "2025-02-28", "2026-02-28"]),
    ],
)  # fmt: skip
def test_a_cycle_keeps_its_day(recurrence, days):
    assert [str(recurrence.day(number)) for number in range(len(days))] == days
    for day in days:
        assert str(recurrence.next_from(dt.date.fromisoformat(day))) == day
    assert recurrence.next_from(recurrence.first_day - dt.timedelta(days=400)) == recurrence.first_day


def test_a_run_of_a_cycle_takes_its_accounts_and_its_dates():
    entity = seller()
    mine = charged(legal_entity=entity)
    charged(legal_entity=entity)
    cycle = make_cycle(first_day=dt.date(2026, 1, 31), until_days=-1, issue_days=1, legal_entity=entity)
    cycles.join(cycle.pk, [mine.pk], actor=ACTOR)

    run_id = start_cycle(SCOPE, cycle.pk)

    run, cycle = Run.objects.get(pk=run_id), Cycle.objects.get()
    assert (run.cutoff_date, run.issue_date) == (dt.date(2026, 1, 31), FIRST_OF_FEBRUARY)
    assert (run.cycle_id, run.legal_entity_id) == (cycle.pk, entity.pk)
    assert cycle.next_day == dt.date(2026, 2, 28)
    assert billed(run_id) == {mine.pk}


def test_an_account_belongs_to_one_cycle_at_most():
    first, second, account = make_cycle(), make_cycle(), make_account()

    cycles.join(first.pk, [account.pk], actor=ACTOR)
    cycles.join(second.pk, [account.pk], actor=ACTOR)

    assert (first.members.count(), second.members.count()) == (0, 1)
    assert cycles.leave(second.pk, [account.pk], actor=ACTOR) == 1


def test_cycles_that_are_due_begin_by_themselves_once():
    entity = seller()
    account = charged(legal_entity=entity)
    today = clock.today("Europe/Paris")
    due = make_cycle(first_day=today - dt.timedelta(days=65), start="issue")
    cycles.join(due.pk, [account.pk], actor=ACTOR)
    make_cycle(first_day=today + dt.timedelta(days=1), start="draft")
    make_cycle(first_day=today)
    make_cycle(first_day=today, start="draft")  # nobody belongs to it
    begun = []

    start_due_cycles(begun.append)
    start_due_cycles(begun.append)

    assert [(run.issues, Run.objects.get(pk=run.run_id).cycle_id) for run in begun] == [(True, due.pk)]
    due.refresh_from_db()
    assert due.next_day > today
    assert Run.objects.get().issue_date == Recurrence(due.first_day, "month", 1).day(2)


def test_a_cycle_that_was_ended_begins_no_more():
    cycle = make_cycle()
    cycles.join(cycle.pk, [make_account().pk], actor=ACTOR)

    cycles.end(cycle.pk, actor=ACTOR)

    assert cycle.members.count() == 0
    with pytest.raises(CycleNotRunning):
        cycles.take_day(cycle.pk)
    with pytest.raises(CycleNotRunning):
        cycles.join(cycle.pk, [make_account().pk], actor=ACTOR)
