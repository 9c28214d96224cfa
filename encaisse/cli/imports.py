"""`encaisse import`: the files of other systems, record by record."""

import datetime as dt
from collections.abc import Callable
from contextlib import nullcontext
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import click

from encaisse.cli import session, show
from encaisse.cli.choices import DAY, entity
from encaisse.cli.exits import OK, REFUSED
from encaisse.cli.groups import Group

if TYPE_CHECKING:
    from encaisse.adapters.bundles import Bundle
    from encaisse.intake.operations import ImportReport
    from encaisse.kernel.scope import Scope


class Shape(TypedDict):
    """How a file is read, and how what became of it is told."""

    dry_run: bool
    refused: Path | None
    as_json: bool
    source: str | None


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
        click.option("--mapping", "source", metavar=_("NAME"),
                     help=_("Read the columns as remembered of this source, such as Sage, Cegid or Odoo.")),
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
def offers(file: Path, day: dt.date | None, **shape: Unpack[Shape]) -> None:
    """The offers are in the catalogue."""
    scope = session.begin()
    from encaisse.flows.import_offers import import_offers

    _take_in(scope, file, import_offers, valid_from=day, shape=shape)


@imports.command(
    help=_("The dated prices of FILE, for everybody or for one customer, on offers that are there.")
)
@click.option(
    "--from", "day", type=DAY, metavar=_("DATE"), help=_("The first day of these prices. Default: today.")
)
@a_file
def prices(file: Path, day: dt.date | None, **shape: Unpack[Shape]) -> None:
    """The offers have these prices."""
    scope = session.begin()
    from encaisse.flows.import_prices import import_prices

    _take_in(scope, file, import_prices, valid_from=day, shape=shape)


@imports.command(help=_("The exchange rates of FILE, with their day and source."))
@a_file
def rates(file: Path, **shape: Unpack[Shape]) -> None:
    """What other currencies are worth is recorded."""
    scope = session.begin()
    from encaisse.flows.import_rates import import_rates

    _take_in(scope, file, import_rates, shape=shape)


@imports.command(help=_("The customers of FILE, with their billing accounts."))
@click.option(
    "--entity", "code", metavar=_("CODE"), help=_("Who sells, when there are several legal entities.")
)
@click.option(
    "--duplicates",
    "choice",
    type=click.Choice(["refuse", "update", "merge", "skip", "create"]),
    default="refuse",
    show_default=True,
    help=_(
        "What becomes of a record that looks like a customer who is there, by SIREN, VAT number, or name and address: "
        "refused; the customer updated, or filled in where empty; passed over; or another customer all the same."
    ),
)
@a_file
def customers(file: Path, code: str | None, choice: str, **shape: Unpack[Shape]) -> None:
    """The customers have their accounts."""
    scope = session.begin()
    from encaisse.flows.import_customers import import_customers
    from encaisse.party.rules.duplicates import Choice, Duplicates

    seller = entity(scope, code)
    chosen = Duplicates(Choice(choice))
    _take_in(scope, file, import_customers, legal_entity_id=seller.id, duplicates=chosen, shape=shape)


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
def contracts(file: Path, code: str | None, day: dt.date | None, **shape: Unpack[Shape]) -> None:
    """The contracts are there to be billed."""
    scope = session.begin()
    from encaisse.flows.import_contracts import import_contracts

    seller = entity(scope, code)
    _take_in(scope, file, import_contracts, legal_entity_id=seller.id, billed_through=day, shape=shape)


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
def usage(file: Path, code: str | None, told_by: str, **shape: Unpack[Shape]) -> None:
    """The events wait to be rated."""
    scope = session.begin()
    from encaisse.flows.import_usage import import_usage

    _take_in(scope, file, import_usage, legal_entity_id=entity(scope, code).id, told_by=told_by, shape=shape)


@imports.command(
    help=_(
        "Take back the whole import BATCH (imp_…), unless anything that it brought was used: its rows are withdrawn, "
        "hidden everywhere and never deleted."
    )
)
@click.argument("batch", metavar=_("BATCH"))
def undo(batch: str) -> None:
    """What the import brought is withdrawn."""
    scope = session.begin()
    from encaisse.flows.undo_import import undo_import
    from encaisse.kernel.references import key_of

    count = undo_import(scope, key_of("imp", batch))
    show.answer(_("Rows withdrawn: {count}").format(count=count))


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
@click.option("--pdfs", type=FILE, metavar=_("ZIP"), help=_("Their PDF files, each called after its number."))
@click.option("--send", is_flag=True, help=_("Send these PDF files to the readers of their accounts."))
@a_file
def invoices(
    file: Path,
    code: str | None,
    day: dt.date | None,
    pdfs: Path | None,
    *,
    send: bool,
    **shape: Unpack[Shape],
) -> None:
    """The invoices are on their accounts, open as they were, with their PDFs."""
    scope = session.begin()
    from encaisse.adapters.bundles import open_bundle
    from encaisse.flows.import_invoices import import_invoices

    seller = entity(scope, code).id
    # A ZIP that cannot be used is refused before anything comes in.
    with open_bundle(pdfs) if pdfs else nullcontext() as bundle:
        report = _report(scope, file, import_invoices, legal_entity_id=seller, opened_on=day, shape=shape)
        if bundle and not shape["dry_run"]:
            _keep_pdfs(scope, bundle, send=send, legal_entity_id=seller)
    click.get_current_context().exit(REFUSED if report.refused else OK)


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
def credits_(file: Path, code: str | None, day: dt.date | None, **shape: Unpack[Shape]) -> None:
    """The credits are on their accounts."""
    scope = session.begin()
    from encaisse.flows.import_credits import import_credits

    _take_in(scope, file, import_credits, legal_entity_id=entity(scope, code).id, opened_on=day, shape=shape)


def _keep_pdfs(scope: "Scope", bundle: "Bundle", *, legal_entity_id: int, send: bool) -> None:
    from encaisse.flows.import_pdfs import import_pdfs

    with show.Step(_("PDF files read")) as step:
        told = import_pdfs(
            bundle, legal_entity_id=legal_entity_id, actor=scope.actor, send=send, scope=scope, progress=step
        )
    show.note(_("PDF files: %(kept)s kept, %(known)s known before.") % told._asdict())
    for name in told.alone[:SHOWN]:
        show.note(_("%(name)s: no single invoice is called so.") % {"name": name})
    for name, reason in told.refused[:SHOWN]:
        show.note(_("%(name)s: no PDF that can be kept (%(reason)s).") % {"name": name, "reason": reason})


def _take_in(
    scope: "Scope", file: Path, flow: Callable[..., "ImportReport"], *, shape: Shape, **order: Any
) -> None:
    report = _report(scope, file, flow, shape=shape, **order)
    click.get_current_context().exit(REFUSED if report.refused else OK)


def _report(
    scope: "Scope", file: Path, flow: Callable[..., "ImportReport"], *, shape: Shape, **order: Any
) -> "ImportReport":
    from encaisse.cli import reports
    from encaisse.intake import queries

    mapping = queries.mapping(_kind(), shape["source"]) if shape["source"] else None
    with show.Step(_("Records read")) as step:
        report = flow(
            file,
            scope=scope,
            file_name=file.name,
            actor=scope.actor,
            dry_run=shape["dry_run"],
            mapping=mapping,
            progress=lambda name, done, total: step(done, total),
            **order,
        )
    if shape["refused"]:
        reports.write(report.errors, shape["refused"])
    reports.tell(report, shown=SHOWN, as_json=shape["as_json"])
    return report


def _kind() -> str:
    """What the command's name calls the file."""
    return str(click.get_current_context().command.name)


@imports.command("deposits", help=_("Security deposits held elsewhere, by FILE: they are held here in full."))
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
def deposits_(file: Path, code: str | None, day: dt.date | None, **shape: Unpack[Shape]) -> None:
    """The deposits are held of their accounts."""
    scope = session.begin()
    from encaisse.flows.import_deposits import import_deposits

    _take_in(scope, file, import_deposits, legal_entity_id=entity(scope, code).id, opened_on=day, shape=shape)
