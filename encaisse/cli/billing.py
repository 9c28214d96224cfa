"""`encaisse bill`, `encaisse issue` and `encaisse run`: a billing run from its cutoff to its numbers."""

import datetime as dt
from gettext import gettext as _
from typing import Any

import click

from encaisse.cli import session, show
from encaisse.cli.choices import DAY
from encaisse.cli.groups import Group


@click.command(
    help=_(
        "Bill what is due before a day and not billed yet. "
        "Contracts are rated, invoices drafted, checked and issued. An account that cannot be billed stops "
        "nobody: it is listed with its reason."
    )
)
@click.option(
    "--cutoff", type=DAY, required=True, metavar=_("DATE"), help=_("Bill what is due before this day.")
)
@click.option(
    "--issue-date", type=DAY, metavar=_("DATE"), help=_("The date of the invoices. Default: today.")
)
@click.option("--entity", metavar=_("CODE"), help=_("Bill for this legal entity alone."))
@click.option("--cycle", metavar=_("CODE"), help=_("Bill the accounts of this billing cycle alone."))
@click.option("--customer", metavar=_("REFERENCE"), help=_("Bill the accounts of this customer alone."))
@click.option("--account", metavar=_("REFERENCE"), help=_("Bill this account alone."))
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("Processes that share the run on this machine. Other machines join it with: encaisse run resume"),
)
@click.option(
    "--dry-run", is_flag=True, help=_("Compute everything, say what would come out, write nothing.")
)
@click.option(
    "--review", is_flag=True, help=_("Stop before issuing, so that somebody may look at the drafts.")
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def bill(
    cutoff: dt.date,
    issue_date: dt.date | None,
    dry_run: bool,
    review: bool,
    **said: Any,
) -> None:
    """The run is complete, or waits in review, or never was."""
    scope = session.begin()
    from encaisse.cli import runs
    from encaisse.flows.preview_run import preview

    asked = runs.Asked(cutoff, issue_date or runs.today(scope), runs.selected(scope, said))
    with runs.steps() as progress:
        if dry_run:
            figures = preview(scope, progress=progress, **asked._asdict())
        else:
            figures = runs.bill(scope, asked, review=review, progress=progress, hands=said["workers"])
    runs.tell(figures, as_json=said["as_json"])
    if dry_run:
        show.note(_("This was a dry run: nothing was written."))
    elif figures.detail.run.paused_at:
        text = _("Somebody paused the run. Resume it with: encaisse run resume {run}")
        show.note(text.format(run=runs.reference(figures)))
    elif review:
        text = _("The drafts wait in review. Issue them with: encaisse issue {run}")
        show.note(text.format(run=runs.reference(figures)))


@click.command(help=_("Issue a run that waits in review. One that was stopped halfway goes on."))
@click.argument("run", metavar=_("RUN"))
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def issue(run: str, as_json: bool) -> None:
    """Every approved draft of the run is issued."""
    scope = session.begin()
    from encaisse.cli import runs

    with runs.steps() as progress:
        figures = runs.finish(scope, runs.key(run), progress=progress)
    runs.tell(figures, as_json=as_json)


@click.group(cls=Group, help=_("Pause, resume, mend and sum up a billing run."))
def run() -> None:
    """Hold the commands about one run together."""


@run.command(help=_("Let nobody begin another part of the run. Parts in hand are finished."))
@click.argument("run", metavar=_("RUN"))
def pause(run: str) -> None:
    """The run is paused."""
    scope = session.begin()
    from encaisse.billing.operations.runs import pause as pause_run
    from encaisse.billing.queries.runs import whole_run
    from encaisse.cli import runs

    pause_run(whole_run(scope, runs.key(run)).id, scope.actor)
    show.answer(_("The run is paused. Resume it with: encaisse run resume {run}").format(run=run))


@run.command(help=_("Go on with a run that was paused or interrupted, or help those who work on it."))
@click.argument("run", metavar=_("RUN"))
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("Processes that share the run on this machine."),
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def resume(run: str, workers: int, as_json: bool) -> None:
    """The step that the run was in is done."""
    scope = session.begin()
    from encaisse.cli import runs

    with runs.steps() as progress:
        figures = runs.resume(scope, runs.key(run), progress=progress, hands=workers)
    runs.tell(figures, as_json=as_json)


@run.command(help=_("Draft again what a run in review set aside, once the causes are mended."))
@click.argument("run", metavar=_("RUN"))
@click.option("--reason", default="", metavar=_("CODE"), help=_("Only those set aside for this reason."))
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def retry(run: str, reason: str, as_json: bool) -> None:
    """The exceptions were tried again."""
    scope = session.begin()
    from encaisse.cli import runs

    with runs.steps() as progress:
        figures = runs.again(scope, runs.key(run), progress=progress, reason=reason)
    runs.tell(figures, as_json=as_json)


@run.command(help=_("Say what a run bills by offer, product and tax."))
@click.argument("run", metavar=_("RUN"))
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def report(run: str, as_json: bool) -> None:
    """The report of the run."""
    scope = session.begin()
    from encaisse.cli import runs

    runs.tell_report(scope, runs.key(run), as_json=as_json)
