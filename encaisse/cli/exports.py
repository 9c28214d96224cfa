"""`encaisse export`: files for others."""

from gettext import gettext as _
from pathlib import Path

import click

from encaisse.cli import session, show
from encaisse.cli.choices import entity
from encaisse.cli.groups import Group


@click.group(cls=Group, help=_("Write files for others."))
def export() -> None:
    """Hold the exports together."""


@export.command(
    help=_(
        "The FEC, the file of accounting entries that French tax law asks for: one legal entity, one year. "
        "Its entries get their official numbers, for ever."
    )
)
@click.option(
    "--entity", "code", metavar=_("CODE"), help=_("Whose books, when there are several legal entities.")
)
@click.option(
    "--year",
    type=click.IntRange(2000, 2999),
    metavar=_("YEAR"),
    help=_("The calendar year. Default: the present one."),
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True, writable=True),
    default=Path(),
    metavar=_("FOLDER"),
    help=_("Where the file is written. Default: the present folder."),
)
def fec(code: str | None, year: int | None, folder: Path) -> None:
    """The file is written, whole or not at all."""
    scope = session.begin()
    from encaisse.cli.files import write_lines
    from encaisse.kernel import clock
    from encaisse.ledger.operations import export_fec

    seller = entity(scope, code)
    made = export_fec(scope, legal_entity_id=seller.id, year=year or clock.today(seller.timezone).year)
    path = folder / made.name
    lines = write_lines(path, made.lines)
    show.answer(_("{lines} lines are in {path}.").format(lines=lines, path=path))
