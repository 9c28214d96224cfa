"""The print file of a run: its documents in the order in which they are put into envelopes, and an index of them.

One ZIP holds the PDF, cut where a file would grow beyond what was asked for, and the index as CSV: which document
lies where and to whom it goes.
"""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from encaisse.access.queries.users import scope_of_actor
from encaisse.adapters.binding import Binder, pages_of
from encaisse.adapters.bundles import NotAPdf
from encaisse.adapters.spreadsheet import Cell, Heading, csv_lines
from encaisse.document.errors import NothingToPutTogether
from encaisse.flows import job_files
from encaisse.flows.put_together import Collected, Report, bound, collected, invoices_of, start_for_run
from encaisse.kernel import jobs, queue
from encaisse.kernel.jobs import Asked, Tell
from encaisse.kernel.scope import Scope

PRINT: Final = "runs.print"


class Printing(NamedTuple):
    """How a run is printed: in the `order` of numbers or of the post; `on_paper`, without what goes by e-mail;
    `even`, each document on sheets of its own when both sides are printed; in files of so many documents and pages
    at most, 0 for any number. `headings` are those of the index, `name` that of the files, `comma` the decimal one.
    """

    order: str = "postal"
    on_paper: bool = False
    even: bool = False
    most_documents: int = 0
    most_pages: int = 0
    name: str = "print"
    headings: tuple[str, ...] = ()
    comma: bool = False


# What the index says of each document, in order.
HEADINGS: Final = (
    "position", "file", "first_page", "pages", "number", "name", "address_1", "address_2", "postcode", "city",
    "country",
)  # fmt: skip


def start(scope: Scope, run_id: int, printing: Printing) -> int:
    """A job makes the print file of a run. Returns its key. Raises NotFound."""
    return start_for_run(scope, PRINT, run_id, **printing._asdict())


def print_documents(
    scope: Scope, invoice_ids: Sequence[int], printing: Printing, into: Path, report: Report
) -> int:
    """The print file of these invoices, in this order; how many documents. Raises NothingToPutTogether."""
    index = into.with_name("index")
    with zipfile.ZipFile(into, "w") as bundle:
        stack = _Stack(bundle, into.with_name("part"), printing)
        headings = [Heading(title) for title in printing.headings or HEADINGS]
        with index.open("wb") as file:
            rows = _rows(stack, scope, invoice_ids, report)
            file.writelines(csv_lines(headings, rows, comma=printing.comma))
        stack.close()
        bundle.write(index, f"{printing.name}.csv", zipfile.ZIP_DEFLATED)
    if not stack.documents:
        raise NothingToPutTogether
    return stack.documents


def register() -> None:
    """Workers know how to print a run."""
    jobs.register_whole(PRINT, _work, lane=queue.DOCUMENTS)


def _work(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    scope = scope_of_actor(asked.actor)
    printing = Printing(**{name: asked.facts[name] for name in Printing._fields})
    chosen = invoices_of(asked, scope)
    with job_files.making() as folder:
        path = folder / "made"
        report = Report(tell, partial(jobs.refuse, asked))
        print_documents(scope, chosen, printing, path, report)
        return job_files.keep(path, f"{printing.name}.zip")


def _rows(
    stack: "_Stack", scope: Scope, invoice_ids: Sequence[int], report: Report
) -> Iterator[Sequence[Cell]]:
    """What the index says of each document, which is bound meanwhile."""
    for each in collected(scope, invoice_ids, report.refuse):
        first, row = stack.add(each, report), each.row
        if not first:
            continue
        place = (stack.documents, stack.name, first, stack.pages - first + 1)
        yield [
            *place,
            row.number,
            row.name,
            row.address_1,
            row.address_2,
            row.postcode,
            row.city,
            row.country,
        ]
        report.tell(stack.documents, len(invoice_ids))


class _Stack:
    """The PDF files of a print file, one after the other: each goes into the ZIP once it is whole."""

    def __init__(self, bundle: zipfile.ZipFile, part: Path, printing: Printing) -> None:
        self.documents = 0
        self._bundle = bundle
        self._part = part
        self._printing = printing
        self._count = 0
        self._file: BinaryIO | None = None
        self._binder: Binder | None = None

    @property
    def name(self) -> str:
        """What the present file is called."""
        return f"{self._printing.name}-{self._count:03}.pdf"

    @property
    def pages(self) -> int:
        """How many pages the present file has."""
        return self._binder.pages if self._binder else 0

    def add(self, each: Collected, report: Report) -> int:
        """The document is in the present file, or in another one when that is full; its first page, 0 without one."""
        binder = self._with_room(each, report)
        if binder is None:
            return 0
        first = binder.pages + 1
        if not bound(binder, each, report.refuse, even=self._printing.even):
            return 0
        self.documents += 1
        return first

    def close(self) -> None:
        """The present file is in the ZIP."""
        if self._binder and self._file:
            self._binder.close()
            self._file.close()
            if self._binder.documents:
                self._bundle.write(self._part, self.name)
        self._binder = self._file = None

    def _with_room(self, each: Collected, report: Report) -> Binder | None:
        asked = self._printing
        try:
            pages = pages_of(each.pdf)
        except NotAPdf as error:
            report.refuse({each.row.invoice_id: (error.code, error.facts())})
            return None
        pages += pages % 2 if asked.even else 0
        if self._binder and self._binder.documents:
            is_full = 0 < asked.most_documents <= self._binder.documents
            if is_full or 0 < asked.most_pages < self._binder.pages + pages:
                self.close()
        if self._binder is None:
            self._count += 1
            self._file = self._part.open("wb")
            self._binder = Binder(self._file)
        return self._binder
