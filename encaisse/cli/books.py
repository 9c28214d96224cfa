"""`encaisse books`: whether everything that must always be true is true."""

from gettext import gettext as _

import click

from encaisse.cli import session, show
from encaisse.cli.exits import OK, REFUSED


@click.command(
    help=_(
        "Check every invariant of the books, and every chain. The exit code is 1 when one does not hold, and "
        "it is named with the first rows that say where."
    )
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
@click.pass_context
def books(context: click.Context, as_json: bool) -> None:
    """The findings are told."""
    scope = session.begin()
    from encaisse.flows.check_books import check_books

    with show.Step(_("Books checked")) as step:
        findings = check_books(actor=scope.actor, progress=lambda sentence, done, total: step(done, total))
    if as_json:
        show.answer_json([finding._asdict() for finding in findings])
    elif not findings:
        show.answer(_("The books are in order."))
    for finding in [] if as_json else findings:
        show.answer(click.style(f"✗ {finding.name}", fg="red"))
        show.answer(f"  {finding.sentence}")
        show.table([finding.columns, *([str(value) for value in row] for row in finding.rows)])
    context.exit(REFUSED if findings else OK)
