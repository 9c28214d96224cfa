"""`encaisse serve` and `encaisse worker`: the product at work until it is told to stop."""

from gettext import gettext as _

import click

from encaisse.cli import session, show

HOST = "127.0.0.1"
PORT = 8000
# As `kernel.queue` names them, which can be read only once the settings are.
LANES = ("default", "webhooks", "documents", "checks")
options = (
    click.option("--host", default=HOST, show_default=True, metavar=_("ADDRESS"), help=_("Where to listen.")),
    click.option(
        "--port",
        type=click.IntRange(1, 65535),
        default=PORT,
        show_default=True,
        metavar=_("PORT"),
        help=_("On which port."),
    ),
)


@click.command(help=_("Serve the pages and work in the background, until Ctrl-C."))
@options[0]
@options[1]
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    metavar=_("NUMBER"),
    help=_("Pages made at the same time. Default: two a core."),
)
@click.option("--no-worker", is_flag=True, help=_("Leave the work in the background to other machines."))
def serve(host: str, port: int, threads: int | None, no_worker: bool) -> None:
    """The product is served; this returns once everything has stopped."""
    from encaisse.cli import site

    place = site.Place(host, port, threads or site.usual_threads())
    site.require_free(place)
    session.begin(migrated=False)
    from encaisse.cli.schemas import up_to_date

    up_to_date()
    site.serve(place, with_worker=not no_worker)


@click.command(
    help=_(
        "Work in the background, until Ctrl-C. It makes documents, sends mail, and bills what the desk asks for."
    )
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("Tasks at once."),
)
@click.option(
    "--lane",
    "lanes",
    type=click.Choice(LANES),
    multiple=True,
    help=_(
        "Work of this kind alone, --concurrency tasks at once in each; may be given several times. Default: all. "
        "`documents` renders, prints and gathers files (100 MB a task), `checks` asks the official rules (350 MB a "
        "task), `webhooks` tells other programs, `default` is all the rest."
    ),
)
@click.option("--until-idle", is_flag=True, help=_("End when nothing is left to be done now."))
def worker(concurrency: int, lanes: tuple[str, ...], until_idle: bool) -> None:
    """Tasks are done as they come."""
    session.begin()
    from encaisse.kernel import queue

    if until_idle:
        with show.Step(_("Tasks done")):
            queue.work(concurrency=concurrency, wait=False, lanes=lanes or LANES)
    else:
        queue.work(concurrency=concurrency, lanes=lanes or LANES)
