"""`encaisse db`: the embedded database by hand. None of these commands needs Django."""

from gettext import gettext as _
from pathlib import Path

import click

from encaisse.cli import show, words
from encaisse.cli.exits import ENVIRONMENT
from encaisse.cli.groups import Group
from encaisse.cli.session import home, waiting
from encaisse.database import client, launcher
from encaisse.database.launcher import Status
from encaisse.database.state import Phase

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=Group, help=_("Handle the embedded database."))
def db() -> None:
    """Hold the commands of the embedded database together."""


@db.command(help=_("Start the database, and leave it running until `encaisse db stop`."))
def start() -> None:
    """The server runs without users."""
    _tell(launcher.start(home(), say=waiting))


@db.command(help=_("Stop the database, whoever uses it. What was committed stays."))
def stop() -> None:
    """The server is stopped."""
    stopped = launcher.stop(home(), say=waiting)
    show.answer(words.phase(Phase.STOPPED) if stopped else _("The database was not running."))


@db.command(help=_("Say whether the database runs. The exit code is 0 when it does, 3 when it does not."))
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Where the server stands."""
    now = launcher.status(home())
    if as_json:
        show.answer_json({**now._asdict(), "address": now.address.url(now.address.app)})
    else:
        _tell(now)
    context.exit(0 if now.phase is Phase.READY else ENVIRONMENT)


@db.command(
    help=_("Talk to the database with psql, as its owner. What follows is given to psql."),
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED, metavar=_("[PSQL OPTIONS]"))
def psql(options: tuple[str, ...]) -> None:
    """This process becomes psql."""
    client.psql(home(), options, say=waiting)


@db.command(help=_("Write the whole database to FILE. It holds your customers' data: only you may read it."))
@click.argument("file", type=FILE, metavar=_("FILE"))
def dump(file: Path) -> None:
    """The file holds the database."""
    client.dump(home(), file, say=waiting)
    show.answer(_("The database is in {file} ({size} MB).").format(file=file, size=_megabytes(file)))


@db.command(
    help=_(
        "Put the database of FILE in the place of the present one, which is kept as `encaisse_replaced` until "
        "the next restore. Whoever is connected is sent away."
    )
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar=_("FILE"))
@click.option("--yes", is_flag=True, help=_("Do not ask whether you are sure."))
def restore(file: Path, yes: bool) -> None:
    """The dump has taken the place of the database."""
    if not yes:
        click.confirm(_("Replace the present database by the one in {file}?").format(file=file), abort=True)
    client.restore(home(), file, say=waiting)
    show.answer(_("The database of {file} is in place.").format(file=file))


def _tell(now: Status) -> None:
    show.answer(words.phase(now.phase))
    facts = [(_("Data"), str(now.data)), (_("Log"), str(now.log))]
    if now.phase is Phase.READY:
        facts.insert(0, (_("Address"), now.address.url(now.address.app)))
        facts.append(("PostgreSQL", now.version))
    show.table(facts)


def _megabytes(file: Path) -> str:
    return f"{file.stat().st_size / 1_000_000:.1f}"
