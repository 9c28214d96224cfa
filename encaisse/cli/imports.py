"""`encaisse import`: the files of other systems, record by record."""

import datetime as dt
from collections.abc import Callable
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from encaisse.cli import session, show
from encaisse.cli.choices import DAY, entity
from encaisse.cli.exits import OK, REFUSED
from encaisse.cli.groups import Group

if TYPE_CHECKING:
    from encaisse.intake.operations import ImportReport
    from encaisse.kernel.scope import Scope

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(path_type=Path, dir_okay=False, exists=True, readable=True)
SHOWN = 20


@click.group(
    "import",
    cls=Group,
    help=_(
        "Read CSV, Excel or JSON files of other systems. Records in error are refused, each with its reasons, and the "
        "others come in; the same file again changes nothing. The exit code is 1 when a record was refused."
    ),
)
def imports() -> None:
    """Hold the imports together."""


def a_file(command: Command) -> Command:
    """The argument and options that every import has."""
    for add in (
        click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine, with every refused record.")),
        click.option("--refused", type=click.Path(path_type=Path, dir_okay=False), metavar=_("FILE"),
                     help=_("Write every refused record, with its reasons, in this CSV file.")),
        click.option("--dry-run", is_flag=True, help=_("Say what would come in, and write nothing.")),
        click.argument("file", type=FILE, metavar=_("FILE")),
    ):  # fmt: skip
        command = add(command)
    return command


@imports.command(help=_("The offers of FILE: products with their prices."))
@click.option(
    "--from", "day", type=DAY, metavar=_("DATE"), help=_("The first day of these prices. Default: today.")
)
@a_file
def offers(file: Path, day: dt.date | None, **shape: Any) -> None:
    """The offers are in the catalogue."""
    scope = session.begin()
    from encaisse.flows.import_offers import import_offers

    _take_in(scope, file, import_offers, valid_from=day, **shape)


@imports.command(
    help=_("The dated prices of FILE, for everybody or for one customer, on offers that are there.")
)
@click.option(
    "--from", "day", type=DAY, metavar=_("DATE"), help=_("The first day of these prices. Default: today.")
)
@a_file
def prices(file: Path, day: dt.date | None, **shape: Any) -> None:
    """The offers have these prices."""
    scope = session.begin()
    from encaisse.flows.import_prices import import_prices

    _take_in(scope, file, import_prices, valid_from=day, **shape)


@imports.command(help=_("The customers of FILE, with their billing accounts."))
@click.option(
    "--entity", "code", metavar=_("CODE"), help=_("Who sells, when there are several legal entities.")
)
@a_file
def customers(file: Path, code: str | None, **shape: Any) -> None:
    """The customers have their accounts."""
    scope = session.begin()
    from encaisse.flows.import_customers import import_customers

    _take_in(scope, file, import_customers, legal_entity_id=entity(scope, code).id, **shape)


@imports.command(help=_("The contracts of FILE, on customers and offers that are there."))
@click.option(
    "--entity", "code", metavar=_("CODE"), help=_("Who sells, when there are several legal entities.")
)
@click.option(
    "--billed-through",
    "day",
    type=DAY,
    metavar=_("DATE"),
    help=_("Everything before this day was billed elsewhere."),
)
@a_file
def contracts(file: Path, code: str | None, day: dt.date | None, **shape: Any) -> None:
    """The contracts are there to be billed."""
    scope = session.begin()
    from encaisse.flows.import_contracts import import_contracts

    seller = entity(scope, code)
    _take_in(scope, file, import_contracts, legal_entity_id=seller.id, billed_through=day, **shape)


@imports.command(help=_("The usage of FILE, on contracts that are there: each event once."))
@click.option(
    "--entity", "code", metavar=_("CODE"), help=_("Who sells, when there are several legal entities.")
)
@click.option(
    "--source",
    "told_by",
    default="file",
    show_default=True,
    metavar=_("NAME"),
    help=_("The system that tells these events, where they do not say it: the keys are its own."),
)
@a_file
def usage(file: Path, code: str | None, told_by: str, **shape: Any) -> None:
    """The events wait to be rated."""
    scope = session.begin()
    from encaisse.flows.import_usage import import_usage

    _take_in(scope, file, import_usage, legal_entity_id=entity(scope, code).id, told_by=told_by, **shape)


@imports.command(
    help=_(
        "The invoices and credit notes of FILE that were made elsewhere, with what was paid of them there."
    )
)
@click.option(
    "--entity", "code", metavar=_("CODE"), help=_("Who sells, when there are several legal entities.")
)
@click.option(
    "--opened-on",
    "day",
    type=DAY,
    metavar=_("DATE"),
    help=_("The day of their opening entries. Default: today."),
)
@a_file
def invoices(file: Path, code: str | None, day: dt.date | None, **shape: Any) -> None:
    """The invoices are on their accounts, open as they were."""
    scope = session.begin()
    from encaisse.flows.import_invoices import import_invoices

    _take_in(scope, file, import_invoices, legal_entity_id=entity(scope, code).id, opened_on=day, **shape)


@imports.command(
    "credits", help=_("What is left of payments made elsewhere, by FILE: it can be laid on invoices here.")
)
@click.option(
    "--entity", "code", metavar=_("CODE"), help=_("Who sells, when there are several legal entities.")
)
@click.option(
    "--opened-on",
    "day",
    type=DAY,
    metavar=_("DATE"),
    help=_("The day of their opening entries. Default: today."),
)
@a_file
def credits_(file: Path, code: str | None, day: dt.date | None, **shape: Any) -> None:
    """The credits are on their accounts."""
    scope = session.begin()
    from encaisse.flows.import_credits import import_credits

    _take_in(scope, file, import_credits, legal_entity_id=entity(scope, code).id, opened_on=day, **shape)


def _take_in(
    scope: "Scope",
    file: Path,
    flow: Callable[..., "ImportReport"],
    *,
    dry_run: bool,
    refused: Path | None,
    as_json: bool,
    **order: Any,
) -> None:
    from encaisse.cli import reports

    with show.Step(_("Records read")) as step:
        report = flow(
            file,
            scope=scope,
            file_name=file.name,
            actor=scope.actor,
            dry_run=dry_run,
            progress=lambda name, done, total: step(done, total),
            **order,
        )
    if refused:
        reports.write(report.errors, refused)
    reports.tell(report, shown=SHOWN, as_json=as_json)
    click.get_current_context().exit(REFUSED if report.refused else OK)
