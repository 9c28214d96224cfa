"""`encaisse demo`: the story told step by step, its summary, then the product itself."""

from gettext import gettext as _
from pathlib import Path

import click

from encaisse.cli import session
from encaisse.cli.exits import OK, REFUSED, CannotGoOn
from encaisse.cli.serving import HOST, PORT

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@click.command(
    help=_(
        "Show a whole month at work with fictitious customers. Customers and contracts are imported, billed, sent, "
        "paid and booked; then the product is served until Ctrl-C. Done again, it duplicates nothing."
    )
)
@click.option("--no-serve", is_flag=True, help=_("Tell the story and end."))
@click.option("--host", default=HOST, show_default=True, metavar=_("ADDRESS"), help=_("Where to listen."))
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=PORT,
    show_default=True,
    metavar=_("PORT"),
    help=_("On which port."),
)
@click.option(
    "--samples",
    type=click.Path(path_type=Path, file_okay=False),
    default=SAMPLES,
    metavar=_("FOLDER"),
    help=_("Where the files of the story are. Default: those that come with the source."),
)
@click.pass_context
def demo(context: click.Context, no_serve: bool, host: str, port: int, samples: Path) -> None:
    """The story is told, and the product served unless told not to."""
    from encaisse.cli import site

    if not (samples / "clients.csv").is_file():
        raise CannotGoOn(_("{folder} does not hold the files of the story.").format(folder=samples))
    place = site.Place(host, port, site.usual_threads())
    if not no_serve:
        site.require_free(place)
    scope = session.begin(migrated=False)
    from encaisse.cli import telling
    from encaisse.cli.schemas import up_to_date

    up_to_date()
    ending = telling.tell(scope, samples)
    telling.summarise(scope, ending, address=None if no_serve else place.address)
    if ending.findings:
        context.exit(REFUSED)
    if not no_serve:
        site.serve(place)
    context.exit(OK)
