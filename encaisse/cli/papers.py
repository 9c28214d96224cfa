"""`encaisse export documents` and `encaisse export print`: many documents in one file."""

import datetime as dt
import os
from collections.abc import Callable, Mapping
from functools import partial
from gettext import gettext as _
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from encaisse.cli import session, show
from encaisse.cli.choices import DAY, entity
from encaisse.cli.exits import OK, REFUSED

if TYPE_CHECKING:
    from encaisse.flows.put_together import Report
    from encaisse.kernel.jobs import Reason
    from encaisse.kernel.scope import Scope

EVERYTHING: Final = 2**62
FOLDER: Final = click.Path(path_type=Path, file_okay=False, exists=True, writable=True)


class Chosen(NamedTuple):
    """Which documents: those of a run, of a legal entity, issued within these days, the last one included."""

    run: str | None
    entity: str | None
    since: dt.date | None
    until: dt.date | None


@click.command(
    help=_(
        "The documents of many invoices in one file: a ZIP of their PDFs, each called by its number, or one PDF of all "
        "pages with an outline. Those that are still to be made are made first. The exit code is 1 when some could "
        "not be included; each is named with its reason."
    )
)
@click.option("--zip", "form", flag_value="zip", default=True, help=_("A ZIP of PDFs. This is the default."))
@click.option("--pdf", "form", flag_value="pdf", help=_("One PDF of all pages."))
@click.option("--run", metavar=_("RUN"), help=_("Of this billing run, by its reference."))
@click.option("--entity", metavar=_("CODE"), help=_("Of this legal entity."))
@click.option("--since", type=DAY, metavar=_("DATE"), help=_("Issued on this day or later."))
@click.option("--until", type=DAY, metavar=_("DATE"), help=_("Issued on this day or before."))
@click.option(
    "--to",
    "folder",
    type=FOLDER,
    default=Path(),
    metavar=_("FOLDER"),
    help=_("Where the file is written. Default: the present folder."),
)
def documents(form: str, folder: Path, **said: Any) -> None:
    """The file is written, whole or not at all, and what is left out is named."""
    scope = session.begin()
    from encaisse.flows.put_together import bind_documents, zip_documents

    make, chosen = bind_documents if form == "pdf" else zip_documents, Chosen(**said)
    name = _("documents")
    path = folder / f"{name}-{_today(scope)}.{form}"
    click.get_current_context().exit(_written(scope, path, partial(make, scope, _found(scope, chosen))))


@click.command(
    "print",
    help=_(
        "The print file of a billing run: a ZIP of PDFs in the order in which documents are put into envelopes, and an "
        "index of what lies where, as CSV. The exit code is 1 when some could not be included; each is named with its "
        "reason."
    ),
)
@click.argument("run", metavar=_("RUN"))
@click.option(
    "--order",
    type=click.Choice(["postal", "number"]),
    default="postal",
    help=_("By country, postcode and name, which is the default, or by number."),
)
@click.option("--paper", "on_paper", is_flag=True, help=_("Without those that go to somebody by e-mail."))
@click.option(
    "--even", is_flag=True, help=_("An empty page follows an odd number of pages, to print on both sides.")
)
@click.option(
    "--documents",
    "most_documents",
    type=click.IntRange(1),
    default=None,
    metavar=_("N"),
    help=_("So many documents in a file at most."),
)
@click.option(
    "--pages",
    "most_pages",
    type=click.IntRange(1),
    default=None,
    metavar=_("N"),
    help=_("So many pages in a file at most."),
)
@click.option(
    "--to",
    "folder",
    type=FOLDER,
    default=Path(),
    metavar=_("FOLDER"),
    help=_("Where the file is written. Default: the present folder."),
)
def print_(run: str, folder: Path, **said: Any) -> None:
    """The file is written, whole or not at all, and what is left out is named."""
    scope = session.begin()
    from encaisse.billing.queries.runs import run_detail
    from encaisse.cli.language import chosen
    from encaisse.document.queries.files import to_print
    from encaisse.flows.print_run import Printing, print_documents
    from encaisse.kernel.references import key_of

    found, word = run_detail(scope, key_of("run", run)).run, _("print")
    for limit in ("most_documents", "most_pages"):
        said[limit] = said[limit] or 0
    asked = Printing(**said, name=f"{word}-{run}", comma=chosen(os.environ) == "fr")
    keys = to_print(scope, found.id, order=asked.order, on_paper=asked.on_paper)
    make = partial(print_documents, scope, keys, asked)
    click.get_current_context().exit(_written(scope, folder / f"{asked.name}.zip", make))


def _found(scope: "Scope", chosen: Chosen) -> list[int]:
    from encaisse.flows.put_together import wanted
    from encaisse.invoice.queries.lists import Wanted
    from encaisse.kernel.references import key_of

    asked = Wanted(
        state="issued",
        run_id=key_of("run", chosen.run) if chosen.run else None,
        entity_id=entity(scope, chosen.entity).id if chosen.entity else None,
        issued_from=chosen.since,
        issued_to=chosen.until + dt.timedelta(days=1) if chosen.until else None,
    )
    return wanted(scope, asked, most=EVERYTHING)[::-1]


def _written(scope: "Scope", path: Path, make: Callable[[Path, "Report"], int]) -> int:
    """What was made is under its name once it is whole. Returns the exit code."""
    from encaisse.flows.put_together import Report

    left_out: dict[int, Reason] = {}
    with TemporaryDirectory(dir=path.parent, prefix=".making-") as folder:
        made = Path(folder, "made")
        with show.Step(_("Documents put together")) as step:
            count = make(made, Report(step, left_out.update))
        made.replace(path)
    _name(scope, left_out)
    show.answer(_("{count} documents are in {path}.").format(count=count, path=path))
    return REFUSED if left_out else OK


def _name(scope: "Scope", left_out: Mapping[int, "Reason"]) -> None:
    from encaisse.document.queries.files import file_rows
    from encaisse.ui import words

    rows = file_rows(scope, left_out)
    for key, (code, facts) in left_out.items():
        show.warn(f"{rows[key].number if key in rows else key} – {words.reason(code, facts)}")


def _today(scope: "Scope") -> str:
    from encaisse.cli.runs import today

    return today(scope).isoformat()
