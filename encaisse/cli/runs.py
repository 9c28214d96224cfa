"""Billing runs as the command line works on them and shows them. Needs Django."""

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from gettext import gettext as _
from typing import Any, Final, NamedTuple

import click

from encaisse.billing.errors import RunNotInState
from encaisse.billing.operations.runs import resume as resume_run
from encaisse.billing.operations.runs import retry
from encaisse.billing.queries.choices import customer_named
from encaisse.billing.queries.cycles import cycles
from encaisse.billing.queries.runs import whole_run
from encaisse.billing.rules import EVERYONE, Selection
from encaisse.cli import show
from encaisse.cli.choices import entity, named
from encaisse.cli.hands import share
from encaisse.cli.language import gettext_noop
from encaisse.desk import states
from encaisse.desk.selections import named as named_in
from encaisse.flows import billing_cycle
from encaisse.flows.billing_cycle import Progress
from encaisse.flows.preview_run import Figures
from encaisse.flows.preview_run import figures as run_figures
from encaisse.insight.queries.run_report import ALLOWANCES, Cut, Report, run_report
from encaisse.insight.queries.search import account_named
from encaisse.invoice.queries.lists import RunTotal
from encaisse.kernel import clock
from encaisse.kernel.references import key_of, public_id
from encaisse.kernel.scope import Scope
from encaisse.party.queries import legal_entities
from encaisse.ui.formats import money, number

STEPS: Final = {
    "rate": gettext_noop("Contracts rated"),
    "draft": gettext_noop("Invoices drafted"),
    "issue": gettext_noop("Invoices numbered and booked"),
}
BEGUN: Final = ("new", "drafting")


class Asked(NamedTuple):
    """What a run bills, the date of its invoices, and whom it is narrowed to."""

    cutoff_date: dt.date
    issue_date: dt.date
    selection: Selection = EVERYONE


def selected(scope: Scope, said: Mapping[str, str | None]) -> Selection:
    """The selection that options name: `entity`, `cycle`, `customer`, `account`. Raises a usage error."""
    cycle = named(cycles(scope), said["cycle"], "--cycle") if said["cycle"] else None
    entity_id = entity(scope, said["entity"]).id if said["entity"] else None
    return Selection(
        legal_entity_id=entity_id or (cycle.legal_entity_id if cycle else None),
        cycle_id=cycle.id if cycle else None,
        customer_id=_found(customer_named, scope, said["customer"], "--customer"),
        account_id=_found(account_named, scope, said["account"], "--account"),
    )


def bill(scope: Scope, asked: Asked, *, progress: Progress, review: bool = False, hands: int = 1) -> Figures:
    """The run is complete, waits in review, or is paused by somebody meanwhile."""
    run_id = billing_cycle.start(scope, **asked._asdict())
    if not review:
        return finish(scope, run_id, progress=progress, hands=hands)
    _draft(scope, run_id, progress, hands)
    return run_figures(scope, run_id)


def finish(scope: Scope, run_id: int, *, progress: Progress, hands: int = 1) -> Figures:
    """The run is complete, from wherever it stood, or paused. Raises NotFound, RunNotInState."""
    if whole_run(scope, run_id).state in BEGUN:
        _draft(scope, run_id, progress, hands)
    if whole_run(scope, run_id).paused_at is None:
        _shared(billing_cycle.issue, scope, run_id, progress, hands)
    return run_figures(scope, run_id)


def resume(scope: Scope, run_id: int, *, progress: Progress, hands: int = 1) -> Figures:
    """A run that was paused or interrupted has done the step that it was in. Raises NotFound, RunNotInState."""
    state = whole_run(scope, run_id).state
    resume_run(run_id, scope.actor)
    if state in BEGUN:
        _draft(scope, run_id, progress, hands)
    else:
        _shared(billing_cycle.issue, scope, run_id, progress, hands)
    return run_figures(scope, run_id)


def again(scope: Scope, run_id: int, *, progress: Progress, reason: str = "") -> Figures:
    """The exceptions of a run in review were tried again. Raises NotFound, RunNotInState, NothingToRetry."""
    whole_run(scope, run_id)
    retry(run_id, scope.actor, reason=reason)
    _draft(scope, run_id, progress, 1)
    return run_figures(scope, run_id)


def _draft(scope: Scope, run_id: int, progress: Progress, hands: int) -> None:
    _shared(billing_cycle.draft, scope, run_id, progress, hands)


def _shared(step: Callable[..., None], scope: Scope, run_id: int, progress: Progress, hands: int) -> None:
    # Whoever comes late finds the step done.
    def work() -> None:
        with suppress(RunNotInState):
            step(run_id, actor=scope.actor, progress=progress)

    def helping() -> None:
        with suppress(RunNotInState):
            step(run_id, actor=scope.actor)

    if hands < 2:
        step(run_id, actor=scope.actor, progress=progress)
    else:
        share(hands, work, helping)


def _found(
    search: Callable[[Scope, str], int | None], scope: Scope, reference: str | None, option: str
) -> int | None:
    if not reference:
        return None
    key = search(scope, reference)
    if key is None:
        text = _("Nothing has the reference {reference}.").format(reference=reference)
        raise click.BadParameter(text, param_hint=option)
    return key


def key(reference: str) -> int:
    """The key of the run of this reference. Raises NotFound."""
    return key_of("run", reference)


def reference(figures: Figures) -> str:
    """The reference of the run, as addresses and people name it."""
    return public_id("run", figures.detail.run.id)


def today(scope: Scope) -> dt.date:
    """The business date where our legal entities are; the earliest when they are far apart."""
    days = [clock.today(entity.timezone) for entity in legal_entities(scope)]
    return min(days, default=clock.now().date())


def steps() -> AbstractContextManager[Progress]:
    """Give what a run tells its progress to: a line for each of its steps."""
    return show.steps({name: _(label) for name, label in STEPS.items()})


def tell(figures: Figures, *, as_json: bool = False) -> None:
    """Say what the run made: documents and amounts by currency, then who was set aside and why."""
    if as_json:
        show.answer_json(_plain(figures))
        return
    outcomes, reasons = figures.detail.outcomes, figures.detail.reasons
    counts = (
        (_("Accounts invoiced"), outcomes.invoiced),
        (_("Accounts with nothing to bill"), outcomes.nothing),
        (_("Accounts set aside"), outcomes.exceptions),
    )
    show.answer(show.heading(_("Run {run}").format(run=reference(figures))))
    show.table([(label, number(count)) for label, count in counts], right=[1])
    show.section(_("Documents"), [_total(total) for total in figures.totals], right=[1, 2, 3, 4])
    why = [(str(states.reason(each.code)), number(each.accounts)) for each in reasons]
    show.section(_("Set aside, and why"), why, right=[1])


def _total(total: RunTotal) -> tuple[str, ...]:
    drafts = states.DRAFTS.get(total.state)
    return (
        str(drafts.label) if drafts else _("Issued"),
        number(total.documents),
        _("{amount} net").format(amount=money(total.net_minor, total.currency)),
        _("{amount} of VAT").format(amount=money(total.tax_minor, total.currency)),
        money(total.gross_minor, total.currency),
    )


def _plain(figures: Figures) -> dict[str, Any]:
    detail = figures.detail
    return {
        "run": reference(figures),
        "state": detail.run.state,
        "cutoff_date": detail.run.cutoff_date,
        "issue_date": detail.run.issue_date,
        "outcomes": detail.outcomes._asdict(),
        "documents": [total._asdict() for total in figures.totals],
        "reasons": {each.code: each.accounts for each in detail.reasons},
    }


def tell_report(scope: Scope, run_id: int, *, as_json: bool = False) -> None:
    """Say what the run bills by offer, product and tax."""
    found = run_report(scope, run_id)
    if as_json:
        show.answer_json(_plain_report(found))
        return
    show.answer(show.heading(_("Run {run}").format(run=public_id("run", run_id))))
    for title, cuts in (
        (_("In all"), found.totals),
        (_("By offer"), found.offers),
        (_("By product"), found.products),
        (_("By tax"), found.taxes),
    ):
        show.section(title, [_cut(cut) for cut in cuts], right=[1, 2, 3, 4, 5])


def _cut(cut: Cut) -> tuple[str, ...]:
    none = _("Discounts of whole documents") if cut.key == ALLOWANCES else _("No offer")
    called = f"{named_in(cut.names)} ({cut.code})" if cut.code else none
    return (
        called if cut.key is not None else "",
        number(cut.documents),
        number(cut.lines),
        money(cut.net_minor, cut.currency),
        money(cut.tax_minor, cut.currency),
        money(cut.gross_minor, cut.currency),
    )


def _plain_report(found: Report) -> dict[str, Any]:
    return {name: [row._asdict() for row in rows] for name, rows in found._asdict().items()}
