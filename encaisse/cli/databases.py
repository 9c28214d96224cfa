"""`encaisse db`: the embedded database by hand, and a whole database in a file. Only the latter needs Django."""

import os
from gettext import gettext as _
from pathlib import Path

import click

from encaisse.cli import bundles, schemas, session, show, words
from encaisse.cli.books import books
from encaisse.cli.exits import ENVIRONMENT, CannotGoOn
from encaisse.cli.groups import Group
from encaisse.cli.session import home, waiting
from encaisse.config import environment
from encaisse.database import client, dumps, launcher
from encaisse.database.dumps import Contents
from encaisse.database.launcher import Status
from encaisse.database.layout import Address, address
from encaisse.database.state import Phase

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(cls=Group, help=_("Handle the database."))
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


@db.command(
    help=_(
        "Write the whole database to FILE, with `--with-files` the archive too. It holds your customers' data: "
        "only you may read it. Keep `secret.key` apart: what is sealed opens with it alone."
    )
)
@click.argument("file", type=FILE, metavar=_("FILE"))
@click.option("--with-files", is_flag=True, help=_("One tar of the database and of every archived file."))
def dump(file: Path, with_files: bool) -> None:
    """The file holds the database."""
    session.load()
    session.reach()
    plain = file.with_name(f".{file.name}.dump") if with_files else file
    try:
        with show.Step(_("Database")) as step:
            dumps.dump(_owner(), plain)
            step.result = _("{size} MB").format(size=_megabytes(plain))
        if with_files:
            with show.Step(_("Archived files")) as step:
                bundles.pack(plain, _archive(), file, step)
    finally:
        if with_files:
            plain.unlink(missing_ok=True)
    show.answer(_("The database is in {file} ({size} MB).").format(file=file, size=_megabytes(file)))


@db.command(
    help=_(
        "Put the database of FILE in the place of the present one, bring it to this version's tables, and check the "
        "books. The embedded database that it replaces is kept as `encaisse_replaced` until the next restore. "
        "Whoever is connected is sent away."
    )
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar=_("FILE"))
@click.option("--replace", is_flag=True, help=_("The present database holds data, and may go."))
@click.pass_context
def restore(context: click.Context, file: Path, replace: bool) -> None:
    """The dump has taken the place of the database."""
    session.load()
    session.reach()
    with bundles.opened(file) as found:
        with show.Step(_("Dump read to its end")):
            _require_known(dumps.contents(found.dump))
        with show.Step(_("Database")):
            dumps.restore(_owner(), found.dump, replace=replace, embedded=_embedded())
        if found.bundle:
            with show.Step(_("Archived files")) as step:
                step.result = str(bundles.unpack(found.bundle, _archive(), step))
    _ready()
    show.answer(_("The database of {file} is in place.").format(file=file))
    context.invoke(books, as_json=False)


def _owner() -> str:
    """The address of the database for who owns its tables: only the owner may read them all, and make them."""
    embedded = _embedded()
    if embedded:
        return embedded.url(embedded.owner)
    return os.environ.get("DATABASE_OWNER_URL", os.environ["DATABASE_URL"])


def _embedded() -> Address | None:
    return None if "DATABASE_URL" in os.environ else address(environment.home())


def _archive() -> Path:
    from django.conf import settings

    return Path(settings.ARCHIVE_DIR)


def _require_known(held: Contents) -> None:
    """Raises CannotGoOn when the dump has tables of a later version of ours."""
    from django.db.migrations.loader import MigrationLoader

    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    if any(each not in known for each in held.migrations):
        raise CannotGoOn(
            _("The dump comes from a later version of Encaisse. Install that version, then restore.")
        )


def _ready() -> None:
    """The restored tables are this version's, and the application may use them."""
    from encaisse.kernel import schema

    schema.let_go()
    schemas.up_to_date()
    schema.pin()
    schema.grant()


def _tell(now: Status) -> None:
    show.answer(words.phase(now.phase))
    facts = [(_("Data"), str(now.data)), (_("Log"), str(now.log))]
    if now.phase is Phase.READY:
        facts.insert(0, (_("Address"), now.address.url(now.address.app)))
        facts.append(("PostgreSQL", now.version))
    show.table(facts)


def _megabytes(file: Path) -> str:
    return f"{file.stat().st_size / 1_000_000:.1f}"
