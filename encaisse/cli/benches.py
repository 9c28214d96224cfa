"""`encaisse bench`: measurements that anyone can repeat, in a database of their own."""

from gettext import gettext as _
from typing import Any

import click

from encaisse.cli import session, show
from encaisse.cli.groups import Group


@click.group(
    cls=Group,
    help=_(
        "Measure what a document costs. Your data are not touched: the database is made for it and removed afterwards."
    ),
)
def bench() -> None:
    """Hold the measurements together."""


@bench.command(help=_("Bill: from rated charges to numbered, hashed, posted invoices of 13 rows."))
@click.option(
    "--accounts",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many accounts."),
)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many times."),
)
@click.option(
    "--case",
    "cases",
    type=click.Choice(["billing", "billing-rated", "billing-ten", "billing-two-workers", "billing-judged"]),
    multiple=True,
    default=["billing"],
    show_default=True,
    help=_("What is measured; may be given several times."),
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def billing(accounts: int, rounds: int, cases: tuple[str, ...], as_json: bool) -> None:
    """Each case of billing is told."""
    session.begin(migrated=False)
    from encaisse.bench.billing import run
    from encaisse.bench.scratch import scratch_database

    for case in cases:
        with scratch_database():
            _tell(run(accounts, rounds, _said, case=case), as_json=as_json)


@bench.command(
    help=_("Usage: events told by batches, then rated by tiers, volume, members and transactions.")
)
@click.option(
    "--events",
    type=click.IntRange(1),
    default=1_000_000,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many events."),
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 11),
    default=3,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many times."),
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def usage(events: int, rounds: int, as_json: bool) -> None:
    """The cases of usage are told."""
    session.begin(migrated=False)
    from encaisse.bench.scratch import scratch_database
    from encaisse.bench.usage import run

    with scratch_database():
        for case in run(events, rounds, _said):
            _tell(case, as_json=as_json)


@bench.command(help=_("Imports: customers of a file, read, checked and stored with their accounts."))
@click.option(
    "--customers",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many customers."),
)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many times."),
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def imports(customers: int, rounds: int, as_json: bool) -> None:
    """The case of imports is told."""
    session.begin(migrated=False)
    from encaisse.bench.imports import run
    from encaisse.bench.scratch import scratch_database

    with scratch_database():
        _tell(run(customers, rounds, _said), as_json=as_json)


@bench.command(
    help=_(
        "Documents of one page on one core: rendered as Factur-X, each checked against its schema; then put to the "
        "official rules."
    )
)
@click.option(
    "--documents",
    "count",
    type=click.IntRange(1),
    default=200,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many."),
)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many times."),
)
@click.option(
    "--case",
    "cases",
    type=click.Choice(["render", "schematron"]),
    multiple=True,
    default=["render", "schematron"],
    show_default=True,
    help=_("What is measured; may be given several times."),
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def documents(count: int, rounds: int, cases: tuple[str, ...], as_json: bool) -> None:
    """Each case of documents is told."""
    session.begin(migrated=False)
    from encaisse.bench.documents import run

    for case in cases:
        _tell(run(count, rounds, _said, case=case), as_json=as_json)


@bench.command(help=_("Pages: each list and page of the desk, with a million invoices in the database."))
@click.option(
    "--invoices",
    type=click.IntRange(20),
    default=1_000_000,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many invoices; a tenth as many accounts."),
)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many times."),
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def pages(invoices: int, rounds: int, as_json: bool) -> None:
    """Each list and page is told."""
    session.begin(migrated=False)
    from encaisse.bench.pages import run
    from encaisse.bench.scratch import scratch_database

    with scratch_database():
        for case in run(invoices, invoices // 10, rounds, _said):
            _tell(case, as_json=as_json)


@bench.command(help=_("API: its busiest lists over a real server, as programs ask for them."))
@click.option(
    "--invoices",
    type=click.IntRange(20),
    default=100_000,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many invoices; a tenth as many accounts."),
)
@click.option(
    "--requests",
    type=click.IntRange(40),
    default=2_000,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many requests a round."),
)
@click.option(
    "--rounds",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many times."),
)
@click.option("--json", "as_json", is_flag=True, help=_("Answer for a machine."))
def api(invoices: int, requests: int, rounds: int, as_json: bool) -> None:
    """Each list is told."""
    session.begin(migrated=False)
    from encaisse.bench.scratch import scratch_database
    from encaisse.bench.served import run

    with scratch_database():
        for case in run(invoices, requests, rounds, _said):
            _tell(case, as_json=as_json)


def _said(text: str) -> None:
    show.note(_("Round {text}").format(text=text))


def _tell(case: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show.answer_json(case)
    else:
        show.table([(name, str(value)) for name, value in case.items()])
