"""`encaisse doctor`: whether everything around the program is as it should be, and what to do where it is not."""

from gettext import gettext as _

import click

from encaisse.cli import session, show
from encaisse.cli.exits import ENVIRONMENT, OK


@click.command(
    help=_(
        "Say what is wrong with this installation, and the way out. Looks at the settings, the folders, "
        "the database, the queue and the mail. "
        "The exit code is 3 when something has to be repaired."
    )
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """What was found is told."""
    session.begin(migrated=False)
    from encaisse.cli.checks import Verdict, examine

    marks = {
        Verdict.GOOD: click.style("✓", fg="green"),
        Verdict.WARN: click.style("!", fg="yellow"),
        Verdict.BAD: click.style("✗", fg="red"),
    }
    found = list(examine())
    if as_json:
        show.answer_json([check._asdict() for check in found])
    else:
        show.table([(marks[check.verdict], check.name, check.said) for check in found])
    context.exit(ENVIRONMENT if any(check.verdict is Verdict.BAD for check in found) else OK)
