"""`encaisse export`: files for others."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from encaisse.cli import papers, session, show
from encaisse.cli.choices import entity, named
from encaisse.cli.exits import REFUSED
from encaisse.cli.groups import Group

if TYPE_CHECKING:
    from encaisse.insight.queries.cut_off import CutOff
    from encaisse.ledger.queries.vat import VatRow
    from encaisse.party.queries import EntityRow


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


@export.command(
    help=_(
        "The journal of one legal entity and year by the accounts of its country, as CSV: for books that no FEC is "
        "asked of. An entry gets its official number at its first export."
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
def journal(code: str | None, year: int | None, folder: Path) -> None:
    """The file is written, whole or not at all."""
    scope = session.begin()
    from encaisse.cli.files import write_lines
    from encaisse.kernel import clock
    from encaisse.ledger.operations import export_journal

    seller = entity(scope, code)
    made = export_journal(scope, legal_entity_id=seller.id, year=year or clock.today(seller.timezone).year)
    lines = write_lines(folder / made.name, made.lines)
    show.answer(_("{lines} lines are in {path}.").format(lines=lines, path=folder / made.name))


@export.command(
    help=_(
        "The VAT of one year by legal entity, month and rate, as CSV: billed, credited, due, and awaiting payment. "
        "The exit code is 1 when it does not equal the accounts."
    )
)
@click.option(
    "--entity", "code", metavar=_("CODE"), help=_("Of this legal entity alone. Default: all of them.")
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
@click.pass_context
def vat(context: click.Context, code: str | None, year: int | None, folder: Path) -> None:
    """The file is written, and what differs from the accounts is named."""
    scope = session.begin()
    from encaisse.kernel import clock
    from encaisse.ledger.queries.vat import vat_of_year
    from encaisse.party.queries import legal_entities

    sellers = legal_entities(scope)
    seller = named(sellers, code, "--entity") if code else None
    today = clock.today((seller or sellers[0]).timezone if sellers else "Europe/Paris")
    found = vat_of_year(scope, year or today.year, until=today, entity_id=seller.id if seller else None)
    path = folder / f"{_('VAT')}-{year or today.year}.csv"
    _write(path, list(_lines(found.rows, sellers)))
    show.answer(_("{rows} rows are in {path}.").format(rows=len(found.rows), path=path))
    for check in found.checks:
        for month in check.apart:
            differs = _("{month}: the account {account} says otherwise.")
            show.answer(differs.format(month=f"{month:%Y-%m}", account=check.account))
    context.exit(REFUSED if any(check.apart for check in found.checks) else 0)


@export.command(
    help=_(
        "The cut-off of a day as CSV: what is billed ahead (487), what is earned and not billed (418), and the entry "
        "that would say so with its reversal. Nothing is posted."
    )
)
@click.option(
    "--entity", "code", metavar=_("CODE"), help=_("Whose books, when there are several legal entities.")
)
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    metavar=_("DATE"),
    help=_("At the end of this day."),
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True, writable=True),
    default=Path(),
    metavar=_("FOLDER"),
    help=_("Where the file is written. Default: the present folder."),
)
def cutoff(code: str | None, day: dt.datetime, folder: Path) -> None:
    """Three files are written, and both figures told."""
    scope = session.begin()
    from encaisse.flows.cut_off import cut_off
    from encaisse.kernel.money import from_minor

    seller = entity(scope, code)
    found = cut_off(scope, seller.id, day.date())
    for name, rows in _cut_off_files(found):
        _write(folder / f"{name}-{found.on:%Y-%m-%d}.csv", rows)
    show.table(
        [
            (_("Billed ahead (487)"), f"{from_minor(found.deferred_minor, found.currency)} {found.currency}"),
            (
                _("Earned and not billed (418)"),
                f"{from_minor(found.accrued_minor, found.currency)} {found.currency}",
            ),
        ]
    )


export.add_command(papers.documents)
export.add_command(papers.print_)


def _cut_off_files(found: "CutOff") -> Iterator[tuple[str, list[list[Any]]]]:
    from encaisse.kernel.money import from_minor
    from encaisse.ledger.queries.countries import countries

    titles = [
        _("Document"), _("Date"), _("Customer"), _("Account"), _("Product"), _("Offer"), _("Revenue account"),
        _("Description"), _("From"), _("To (exclusive)"), _("Currency"), _("Net"), _("Cut off"),
    ]  # fmt: skip
    told = countries()
    for account, cuts in (("487", found.deferred), ("418", found.accrued)):
        rows = [
            [
                *(row.number, str(row.on), row.customer, row.account, row.product, row.offer),
                *(
                    told.code(found.chart, row.revenue_account),
                    row.label,
                    str(row.period_from or ""),
                    str(row.period_to or ""),
                ),
                found.currency,
                *(from_minor(amount, found.currency) for amount in (row.amount_minor, row.cut_minor)),
            ]
            for row in cuts
        ]
        yield account, [titles, *rows]
    signed = [
        [str(day), account, from_minor(sign * minor, found.currency)]
        for day, sign in ((found.on, 1), (found.reversed_on, -1))
        for account, minor in found.entry.items()
    ]
    yield _("entry"), [[_("Date"), _("Account"), _("Debit, or credit when negative")], *signed]


def _write(path: Path, rows: list[list[Any]]) -> None:
    import os

    from encaisse.adapters.files import write_whole
    from encaisse.adapters.spreadsheet import csv_file
    from encaisse.cli.language import chosen

    write_whole(path, csv_file(rows, comma=chosen(os.environ) == "fr"))


def _lines(rows: "Sequence[VatRow]", sellers: "Sequence[EntityRow]") -> Iterator[list[Any]]:
    from encaisse.kernel.money import from_minor

    yield [
        _("Legal entity"), _("Month"), _("Category"), _("Rate"), _("Account"), _("Currency"), _("Base of invoices"),
        _("VAT of invoices"), _("Base of credit notes"), _("VAT of credit notes"), _("Base due"), _("VAT due"),
        _("Awaiting payment"),
    ]  # fmt: skip
    by_id = {each.id: each for each in sellers}
    for row in rows:
        seller, rate = by_id[row.entity_id], row.rate
        percent = Decimal(f"{rate.rate.normalize():f}")
        amounts = [from_minor(amount_minor, seller.currency) for amount_minor in row[3:]]
        yield [
            seller.code,
            f"{row.month:%Y-%m}",
            rate.category,
            percent,
            rate.account,
            seller.currency,
            *amounts,
        ]
