"""Billing runs as the command line works on them and shows them. Needs Django."""

import datetime as dt
from contextlib import AbstractContextManager
from gettext import gettext as _
from typing import Any, Final, NamedTuple

from encaisse.billing.queries.runs import whole_run
from encaisse.billing.rules import EVERYONE, Selection
from encaisse.cli import show
from encaisse.cli.language import gettext_noop
from encaisse.desk import states
from encaisse.flows import billing_cycle
from encaisse.flows.billing_cycle import Progress
from encaisse.flows.preview_run import Figures
from encaisse.flows.preview_run import figures as run_figures
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


def bill(scope: Scope, asked: Asked, *, progress: Progress, review: bool = False) -> Figures:
    """The run is complete, or waits in review."""
    run_id = billing_cycle.start(scope, **asked._asdict())
    if not review:
        return finish(scope, run_id, progress=progress)
    billing_cycle.draft(run_id, actor=scope.actor, progress=progress)
    return run_figures(scope, run_id)


def finish(scope: Scope, run_id: int, *, progress: Progress) -> Figures:
    """The run is complete, from wherever it stood. Raises NotFound, RunNotInState."""
    if whole_run(scope, run_id).state in BEGUN:
        billing_cycle.draft(run_id, actor=scope.actor, progress=progress)
    billing_cycle.issue(run_id, actor=scope.actor, progress=progress)
    return run_figures(scope, run_id)


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
