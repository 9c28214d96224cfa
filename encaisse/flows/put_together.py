"""The documents of many invoices in one file: a ZIP of their PDFs, or one PDF of all their pages.

    look up a portion -> make what is still to be made -> read -> write on -> keep

Memory does not grow with their number, and what cannot be included is told with its reason and stops no other. As a
job it waits in the lane of the documents: behind those that were to be made before it was asked for.
"""

import datetime as dt
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from encaisse.access.queries.users import scope_of_actor
from encaisse.adapters.binding import Binder
from encaisse.adapters.bundles import NotAPdf
from encaisse.archive import queries as archive
from encaisse.billing.queries.runs import run_detail
from encaisse.document.errors import LeftElsewhere, NothingToPutTogether, NotIssued
from encaisse.document.queries.files import FileRow, file_rows, to_print, why_not_made
from encaisse.document.rules import apart, file_stem
from encaisse.flows import job_files
from encaisse.flows.make_documents import make_now
from encaisse.flows.mass_actions import MOST_ROWS, PDF, ZIP
from encaisse.flows.send_documents import portions
from encaisse.invoice.queries.lists import Wanted, keys
from encaisse.kernel import jobs, queue
from encaisse.kernel.errors import DomainError, NotFound
from encaisse.kernel.jobs import Asked, Reason, Tell
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope

PAGE: Final = 2_000
# The first year that a ZIP can name.
_EPOCH: Final = dt.date(1980, 1, 1)
Refuse = Callable[[Mapping[int, Reason]], None]


class Report(NamedTuple):
    """Who is told how far it is, and what is left out."""

    tell: Tell
    refuse: Refuse


class Collected(NamedTuple):
    """One invoice with its document."""

    row: FileRow
    pdf: bytes


def wanted(scope: Scope, asked: Wanted, sort: str = "", *, most: int = MOST_ROWS) -> list[int]:
    """The invoices of a list, in its order, until there are more than `most`."""
    found: list[int] = []
    window = Window(sort, size=PAGE)
    while len(found) <= most:
        page = keys(scope, asked, window=window, after=found[-1] if found else None)
        found += page[:PAGE]
        if len(page) <= PAGE:
            break
    return found


def collected(scope: Scope, invoice_ids: Sequence[int], refuse: Refuse) -> Iterator[Collected]:
    """Their documents in this order, each made first where it is still to be made. Call outside transactions."""
    for portion in portions(invoice_ids):
        rows = file_rows(scope, portion)
        missing = [key for key, row in rows.items() if row.is_to_be_made]
        why: Mapping[int, Reason] = {}
        if missing:
            make_now(missing)
            rows, why = file_rows(scope, portion), why_not_made(scope, missing)
        for key in portion:
            try:
                yield _read(rows.get(key))
            except DomainError as error:
                refuse({key: why.get(key, (error.code, error.facts()))})


def zip_documents(scope: Scope, invoice_ids: Sequence[int], into: Path, report: Report) -> int:
    """A ZIP of one PDF a document, each called by its number; how many. Raises NothingToPutTogether."""
    taken: set[str] = set()
    with zipfile.ZipFile(into, "w") as file:
        for done, each in enumerate(collected(scope, invoice_ids, report.refuse), 1):
            name = f"{apart(file_stem(each.row.number), taken)}.pdf"
            file.writestr(member(name, each.row.issue_date), each.pdf)
            report.tell(done, len(invoice_ids))
    if not taken:
        raise NothingToPutTogether
    return len(taken)


def bind_documents(scope: Scope, invoice_ids: Sequence[int], into: Path, report: Report) -> int:
    """One PDF of all their pages, with an outline entry a document; how many. Raises NothingToPutTogether."""
    with into.open("wb") as file:
        binder = Binder(file)
        for each in collected(scope, invoice_ids, report.refuse):
            bound(binder, each, report.refuse)
            report.tell(binder.documents, len(invoice_ids))
        if not binder.documents:
            raise NothingToPutTogether
        binder.close()
    return binder.documents


def bound(binder: Binder, each: Collected, refuse: Refuse, *, even: bool = False) -> int:
    """The document is bound with the others; how many pages, none when it cannot be read, which is told."""
    try:
        return binder.add(each.pdf, f"{each.row.number} · {each.row.customer}", even=even)
    except NotAPdf as error:
        refuse({each.row.invoice_id: (error.code, error.facts())})
        return 0


def member(name: str, on: dt.date | None) -> zipfile.ZipInfo:
    """The head of one file of a ZIP, dated by its document. A PDF is compressed within: it is stored as it is."""
    day = max(on or _EPOCH, _EPOCH)
    head = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
    head.external_attr = 0o644 << 16
    return head


def start_for_run(scope: Scope, kind: str, run_id: int, **said: Any) -> int:
    """A job of this kind over the documents of a run: its `order`, whether `on_paper`, its `name`. Returns its key.

    Raises NotFound.
    """
    run_detail(scope, run_id)
    return jobs.start(kind, scope.actor, run_id=run_id, **said)


def invoices_of(asked: Asked, scope: Scope) -> list[int]:
    """What a job is about: the rows that it was asked for, or the documents of its run. Raises NotFound."""
    said = asked.facts
    if run_id := said.get("run_id"):
        run_detail(scope, run_id)
        jobs.set_rows(asked, to_print(scope, run_id, order=said["order"], on_paper=said["on_paper"]))
    return jobs.rows_left(asked)


def register() -> None:
    """Workers know how to put documents together."""
    for kind in KINDS:
        jobs.register_whole(kind, partial(_work, kind), lane=queue.DOCUMENTS)


def _work(kind: str, asked: Asked, tell: Tell) -> Mapping[str, Any]:
    make, ending = KINDS[kind]
    with job_files.making() as folder:
        path = folder / "made"
        report = Report(tell, partial(jobs.refuse, asked))
        scope = scope_of_actor(asked.actor)
        make(scope, invoices_of(asked, scope), path, report)
        return job_files.keep(path, f"{asked.facts.get('name') or 'documents'}.{ending}")


def _read(row: FileRow | None) -> Collected:
    """Raises why there is nothing to read."""
    if row is None:
        raise NotFound(noun="invoice")
    if row.state != "issued":
        raise NotIssued
    if row.file_id is None:
        raise LeftElsewhere if row.made_elsewhere else NotFound(noun="document")
    return Collected(row, archive.read(row.file_id))


KINDS: Final[Mapping[str, tuple[Callable[[Scope, Sequence[int], Path, Report], int], str]]] = {
    ZIP: (zip_documents, "zip"),
    PDF: (bind_documents, "pdf"),
}
