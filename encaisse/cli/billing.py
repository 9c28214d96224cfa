"""`encaisse bill` and `encaisse issue`: a billing run from its cutoff to its numbers."""

import datetime as dt
from gettext import gettext as _

import click

from encaisse.cli import session, show
from encaisse.cli.choices import DAY, entity


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
@click.option("--entity", "code", metavar=_("CODE"), help=_("Bill for this legal entity alone."))
@click.option(
    "--dry-run", is_flag=True, help=_("Compute everything, say what would come out, write nothing.")
)
@click.option(
    "--review", is_flag=True, help=_("Stop before issuing, so that somebody may look at the drafts.")
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def bill(
    cutoff: dt.date, issue_date: dt.date | None, code: str | None, dry_run: bool, review: bool, as_json: bool
) -> None:
    """The run is complete, or waits in review, or never was."""
    scope = session.begin()
    from encaisse.billing.rules import Selection
    from encaisse.cli import runs
    from encaisse.flows.preview_run import preview

    selection = Selection(legal_entity_id=entity(scope, code).id if code else None)
    asked = runs.Asked(cutoff, issue_date or runs.today(scope), selection)
    with runs.steps() as progress:
        if dry_run:
            figures = preview(scope, progress=progress, **asked._asdict())
        else:
            figures = runs.bill(scope, asked, review=review, progress=progress)
    runs.tell(figures, as_json=as_json)
    if dry_run:
        show.note(_("This was a dry run: nothing was written."))
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
