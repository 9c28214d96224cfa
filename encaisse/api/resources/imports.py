"""Imports: files brought in, and what became of their records."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple

from ninja import File, Form, Query
from ninja.files import UploadedFile

from encaisse.api.fields import EntityKey, Given, ImportKey, ImportRef, Page, Paging, Told, page
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.flows.import_contracts import import_contracts
from encaisse.flows.import_customers import import_customers
from encaisse.flows.import_offers import import_offers
from encaisse.flows.import_prices import import_prices
from encaisse.flows.import_rates import import_rates
from encaisse.flows.import_usage import import_usage
from encaisse.intake import queries
from encaisse.intake.operations import ImportReport
from encaisse.intake.rules import RowError
from encaisse.kernel.lists import Window
from encaisse.ui import import_words

resource = Resource("Imports")
Kind = Literal["customers", "offers", "prices", "contracts", "usage", "rates"]
SHOWN: Final = 200


class Flow(NamedTuple):
    """How a kind of file is brought in, and what its flow calls the day."""

    run: Callable[..., ImportReport]
    day: str = ""
    is_of_an_entity: bool = True


FLOWS: Final = {
    "customers": Flow(import_customers),
    "offers": Flow(import_offers, "valid_from", is_of_an_entity=False),
    "prices": Flow(import_prices, "valid_from", is_of_an_entity=False),
    "contracts": Flow(import_contracts, "billed_through"),
    "usage": Flow(import_usage),
    "rates": Flow(import_rates, is_of_an_entity=False),
}


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
    billed here, or prices hold; a rehearsal writes nothing."""

    kind: Kind
    legal_entity_id: EntityKey | None = None
    day: dt.date | None = None
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
    brought = FLOWS[said.kind]
    told: dict[str, Any] = {brought.day: said.day} if brought.day else {}
    if brought.is_of_an_entity:
        told["legal_entity_id"] = said.legal_entity_id or 0
    order = {"file_name": file.name or "", "actor": request.scope.actor, "scope": request.scope}
    return brought.run(file.file, **told, **order, dry_run=said.dry_run)


@resource.get("/imports/{import_id}", Import, "import")
def get_import(request: ProgramRequest, import_id: ImportKey) -> Any:
    """Read an import."""
    return queries.batch(request.scope, import_id)


@resource.get("/imports/{import_id}/refused", Page[RefusedRecord], "import")
def list_refused_records(request: ProgramRequest, import_id: ImportKey, asked: Query[RefusedFilter]) -> Any:
    """List the records that were refused.

    By number, after the last one seen.
    """
    found = queries.refused_after(request.scope, import_id, asked.after_number, asked.limit + 1)
    shown, more = found[: asked.limit], len(found) > asked.limit
    following = f"{request.path}?after_number={shown[-1].number}&limit={asked.limit}" if more else None
    return {"data": shown, "has_more": more, "next": following}
