"""Imports: files brought in, and what became of their records."""

import datetime as dt
from typing import Any, Final, Literal

from ninja import File, Form, Query
from ninja.files import UploadedFile

from encaisse.api.fields import EntityKey, Given, ImportKey, ImportRef, JobKey, Page, Paging, Told, page
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.jobs import Job
from encaisse.flows.bring_pdfs import bring, brought
from encaisse.flows.import_files import KINDS
from encaisse.flows.undo_import import undo_import as take_back
from encaisse.intake import queries
from encaisse.intake.operations import ImportReport
from encaisse.intake.rules import RowError
from encaisse.kernel.lists import Window
from encaisse.party.rules.duplicates import Choice, Duplicates
from encaisse.ui import import_words

resource = Resource("Imports")
Kind = Literal[
    "customers", "offers", "prices", "contracts", "usage", "invoices", "credits", "deposits", "rates"
]
SHOWN: Final = 200


class ImportFilter(Paging):
    """What a list of imports is narrowed to."""

    after: ImportKey | None = None
    kind: Kind | None = None


class Import(Told):
    """One file that came in: its records by what became of them."""

    id: ImportRef
    kind: str
    file_name: str
    started_at: dt.datetime
    actor: str
    actor_kind: str
    created: int
    updated: int
    unchanged: int
    refused: int
    warned: int
    is_undone: bool


class Undone(Told):
    """An import taken back, and how many rows were withdrawn."""

    brought: Import
    withdrawn: int


class Flaw(Told):
    """What is wrong with one record: its column, its value, why, and what to do."""

    record: int
    column: str
    value: str
    code: str
    reason: str
    fix: str

    @staticmethod
    def resolve_reason(error: RowError) -> str:
        """Why, in words."""
        return import_words.reason(error.code, error.facts)

    @staticmethod
    def resolve_fix(error: RowError) -> str:
        """What to do, in words."""
        return import_words.way_out(error.code, error.facts)


class ImportOutcome(Told):
    """What became of a file. A rehearsal leaves no import."""

    import_id: ImportRef | None
    created: int
    updated: int
    unchanged: int
    refused: int
    warned: int
    errors: list[Flaw]
    warnings: list[Flaw]

    @staticmethod
    def resolve_import_id(report: ImportReport) -> int | None:
        """Where it can be read again."""
        return report.batch_id

    @staticmethod
    def resolve_errors(report: ImportReport) -> list[RowError]:
        """The first of them."""
        return list(report.errors[:SHOWN])

    @staticmethod
    def resolve_warnings(report: ImportReport) -> list[RowError]:
        """The first of them."""
        return list(report.warnings[:SHOWN])


class RefusedRecord(Told):
    """A record as it was read, and everything that is wrong with it."""

    number: int
    record: dict[str, str]
    errors: list[Flaw]


class RefusedFilter(Paging):
    """Which refused records: those after the number of the last one seen."""

    after_number: int = 0


class FileGiven(Given):
    """What a file holds. `legal_entity_id` says whose customers, contracts or usage; `day` from when contracts are
    billed here, prices hold, or the entries of invoices and credits made elsewhere are dated; `duplicates` what becomes
    of records that look like customers who are there; a rehearsal writes nothing."""

    kind: Kind
    legal_entity_id: EntityKey | None = None
    day: dt.date | None = None
    duplicates: Literal["refuse", "update", "merge", "skip", "create"] = "refuse"
    dry_run: bool = False


@resource.get("/imports", Page[Import], "import")
def list_imports(request: ProgramRequest, asked: Query[ImportFilter]) -> Any:
    """List imports.

    The latest first.
    """
    window = Window("-started_at", size=asked.limit + 1, after=asked.after)
    return page(
        request, "imp", queries.batches(request.scope, asked.kind or "", window=window).rows, asked.limit
    )


@resource.post("/imports", ImportOutcome, "import")
def import_file(request: ProgramRequest, said: Form[FileGiven], file: File[UploadedFile]) -> Any:
    """Bring a file in, or rehearse it.

    CSV, Excel or JSON lines, of 20 MB at most; good records come in, bad ones are told with what to do.
    """
    brought = KINDS[said.kind]
    told: dict[str, Any] = {brought.day: said.day} if brought.day else {}
    if not brought.is_shared:
        told["legal_entity_id"] = said.legal_entity_id or 0
    if brought.has_duplicates:
        told["duplicates"] = Duplicates(Choice(said.duplicates))
    order = {"file_name": file.name or "", "actor": request.scope.actor, "scope": request.scope}
    return brought.flow(file.file, **told, **order, dry_run=said.dry_run)


class PdfsGiven(Given):
    """Whose invoices the files are, and whether they are sent to the readers of their accounts."""

    legal_entity_id: EntityKey
    send: bool = False


class PdfTold(Told):
    """What became of one file; `reason` says why it was refused."""

    name: str
    outcome: Literal["kept", "known", "alone", "refused"]
    reason: str


class PdfsTold(Told):
    """How far the job that reads a ZIP is, and what became of its files: the refused ones first, then those that no
    single invoice is called by; 5,000 at most."""

    job: Job
    kept: int
    known: int
    alone: int
    refused: int
    files: list[PdfTold]


@resource.post("/imports/pdfs", PdfsTold, "import", status=202)
def bring_pdfs(request: ProgramRequest, said: Form[PdfsGiven], file: File[UploadedFile]) -> Any:
    """Bring the PDFs of invoices made elsewhere, in one ZIP.

    Each is called by the number of its invoice; of 20 MB at most. A worker archives them: read how far it is.
    """
    chunks = file.chunks()
    job_id = bring(request.scope, said.legal_entity_id, file.name or "", chunks, send=said.send)
    return _pdfs(request, job_id)


@resource.get("/imports/pdfs/{job_id}", PdfsTold, "import")
def get_pdfs(request: ProgramRequest, job_id: JobKey) -> Any:
    """Read what became of the PDFs of a ZIP."""
    return _pdfs(request, job_id)


@resource.get("/imports/{import_id}", Import, "import")
def get_import(request: ProgramRequest, import_id: ImportKey) -> Any:
    """Read an import."""
    return queries.batch(request.scope, import_id)


@resource.post("/imports/{import_id}/undo", Undone, "import", status=200)
def undo_import(request: ProgramRequest, import_id: ImportKey) -> Any:
    """Take an import back.

    What it brought is withdrawn, never deleted, unless something uses it already.
    """
    withdrawn = take_back(request.scope, import_id)
    return {"brought": queries.batch(request.scope, import_id), "withdrawn": withdrawn}


@resource.get("/imports/{import_id}/refused", Page[RefusedRecord], "import")
def list_refused_records(request: ProgramRequest, import_id: ImportKey, asked: Query[RefusedFilter]) -> Any:
    """List the records that were refused.

    By number, after the last one seen.
    """
    found = queries.refused_after(request.scope, import_id, asked.after_number, asked.limit + 1)
    shown, more = found[: asked.limit], len(found) > asked.limit
    following = f"{request.path}?after_number={shown[-1].number}&limit={asked.limit}" if more else None
    return {"data": shown, "has_more": more, "next": following}


def _pdfs(request: ProgramRequest, job_id: int) -> dict[str, Any]:
    found = brought(request.scope, job_id)
    return {"job": found.job, "files": found.files, **found.counts}
