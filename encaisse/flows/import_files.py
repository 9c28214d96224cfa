"""Every kind of file that comes in, and how one is brought at leisure: received, laid out, rehearsed, then read by a
worker that tells how far it is."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from django.db import transaction

from encaisse.access.queries.users import active_user, operator, scope_of
from encaisse.flows.import_contracts import CONTRACTS, import_contracts
from encaisse.flows.import_credits import credit_kind, import_credits
from encaisse.flows.import_customers import CUSTOMERS, import_customers
from encaisse.flows.import_deposits import deposit_kind, import_deposits
from encaisse.flows.import_invoices import import_invoices, invoice_kind
from encaisse.flows.import_offers import OFFERS, import_offers
from encaisse.flows.import_prices import PRICES, import_prices
from encaisse.flows.import_rates import RATES, import_rates
from encaisse.flows.import_usage import import_usage, usage_kind
from encaisse.intake import queries
from encaisse.intake.errors import UploadGone
from encaisse.intake.operations import ImportReport, Kind, mappings, require_import, uploads
from encaisse.intake.queries import UploadRow
from encaisse.intake.rules import Column, RowError, text_of
from encaisse.intake.rules.mapping import ColumnMap, Laid, layout
from encaisse.intake.rules.records import read_row
from encaisse.kernel import jobs, queue
from encaisse.kernel.aside import aside
from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.scope import Actor, Scope
from encaisse.party.rules.duplicates import Choice, Duplicates
from encaisse.takeover.rules.deposits import DEPOSIT_COLUMNS
from encaisse.takeover.rules.records import CREDIT_COLUMNS, INVOICE_COLUMNS
from encaisse.usage.rules.records import USAGE_COLUMNS

IMPORT: Final = "import"
REHEARSAL: Final = "import.rehearsal"
FORGET_UPLOADS: Final = "flows.forget_uploads"
# What a rehearsal shows of errors and warnings; the whole lists are an import's.
SHOWN: Final = 200


class FileKind(NamedTuple):
    """A kind of file: its columns, the flow that brings one, how its records are read for a legal entity.

    `day` is what the flow calls the day that people may give. What `is_shared` belongs to every legal entity. Of what
    `has_duplicates`, somebody chooses what becomes of them.
    """

    columns: tuple[Column, ...]
    flow: Callable[..., ImportReport]
    kind: Callable[[int], Kind[Any]]
    day: str = ""
    is_shared: bool = False
    has_duplicates: bool = False


class Seen(NamedTuple):
    """A record of the sample as it would be read: the value of each field that it has, or what is wrong with it."""

    number: int
    fields: Mapping[str, Any]
    wrong: Mapping[str, RowError]


KINDS: Final = {
    "customers": FileKind(CUSTOMERS.columns, import_customers, lambda _: CUSTOMERS, has_duplicates=True),
    "offers": FileKind(OFFERS.columns, import_offers, lambda _: OFFERS, "valid_from", is_shared=True),
    "prices": FileKind(PRICES.columns, import_prices, lambda _: PRICES, "valid_from", is_shared=True),
    "contracts": FileKind(CONTRACTS.columns, import_contracts, lambda _: CONTRACTS, "billed_through"),
    "rates": FileKind(RATES.columns, import_rates, lambda _: RATES, is_shared=True),
    "usage": FileKind(USAGE_COLUMNS, import_usage, usage_kind),
    "invoices": FileKind(INVOICE_COLUMNS, import_invoices, invoice_kind, "opened_on"),
    "deposits": FileKind(DEPOSIT_COLUMNS, import_deposits, deposit_kind, "opened_on"),
    "credits": FileKind(CREDIT_COLUMNS, import_credits, credit_kind, "opened_on"),
}


def lay_out(
    scope: Scope,
    upload_id: int,
    chosen: ColumnMap,
    *,
    source: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """The file is to be read so; with a `source`, so are its next ones. Raises what `layout` raises, and NotFound."""
    upload = _upload(scope, upload_id)
    layout(upload.headings, KINDS[upload.kind].columns, chosen)
    with transaction.atomic():
        uploads.lay_out(upload_id, chosen, facts or {})
        if source.strip():
            mappings.remember(upload.kind, source, chosen, actor=scope.actor)


@transaction.atomic
def ask(scope: Scope, upload_id: int, *, rehearsal: bool = False) -> int:
    """A worker reads the file, or rehearses it. Returns the key of the job. Raises NotFound, UploadGone."""
    upload = _upload(scope, upload_id)
    job_id = jobs.start(
        REHEARSAL if rehearsal else IMPORT,
        scope.actor,
        upload_id=upload_id,
        file_name=upload.file_name,
    )
    uploads.handed_to(upload_id, job_id)
    return job_id


def seen(upload: UploadRow, chosen: ColumnMap) -> list[Seen]:
    """The first records of the file as this map reads them. Raises what `layout` raises."""
    of = KINDS[upload.kind]
    laid_out = layout(upload.headings, of.columns, chosen)
    kind = of.kind(upload.facts.get("legal_entity_id") or 0)
    present = [column.field for column in of.columns if column.field not in laid_out.absent]
    of_heading = {laid_out.named[column.field]: column.field for column in of.columns}
    found: list[Seen] = []
    for each in upload.sample:
        record = laid_out.laid(Laid(each["number"], each["cells"], 0, frozenset()))
        row = read_row(record, laid_out.named, kind.read)
        wrong = {of_heading.get(one.column, one.column): one for one in row} if isinstance(row, list) else {}
        texts = {field: text_of(record.cells.get(laid_out.named[field], "")) for field in present}
        values = {field: getattr(row, field, text) for field, text in texts.items()}
        found.append(Seen(record.number, values, wrong))
    return found


def duplicates(upload: UploadRow) -> Duplicates:
    """What becomes of the file's records that look like what is there."""
    choices = {int(record): Choice(choice) for record, choice in upload.facts.get("choices", {}).items()}
    return Duplicates(Choice(upload.facts.get("duplicates", Choice.REFUSE)), choices)


def register() -> None:
    """Workers know how to read files, and forget every hour those that nobody came back for."""
    jobs.register_whole(IMPORT, _import)
    jobs.register_whole(REHEARSAL, _rehearse)
    queue.register(FORGET_UPLOADS, _forget_uploads)
    queue.every_hour(FORGET_UPLOADS)


def _upload(scope: Scope, upload_id: int) -> UploadRow:
    upload = queries.upload(scope, upload_id)
    require_import(scope, upload.facts.get("legal_entity_id"))
    if not upload.stored_as:
        raise UploadGone
    return upload


def _import(asked: jobs.Asked, tell: jobs.Tell) -> Mapping[str, Any]:
    upload_id = asked.facts["upload_id"]
    # The worker may have died once the file was in, before it could say so.
    batch_id = queries.batch_of_job(asked.job_id)
    answer = {"batch_id": batch_id} if batch_id else _answer(_read(asked, tell, dry_run=False))
    uploads.forget(upload_id)
    return answer


def _rehearse(asked: jobs.Asked, tell: jobs.Tell) -> Mapping[str, Any]:
    return _answer(_read(asked, tell, dry_run=True))


def _read(asked: jobs.Asked, tell: jobs.Tell, *, dry_run: bool) -> ImportReport:
    scope = _scope(asked.actor)
    upload = _upload(scope, asked.facts["upload_id"])
    of = KINDS[upload.kind]
    said: dict[str, Any] = {} if of.is_shared else {"legal_entity_id": upload.facts["legal_entity_id"]}
    if of.day and upload.facts.get("day"):
        said[of.day] = dt.date.fromisoformat(upload.facts["day"])
    if of.has_duplicates:
        said["duplicates"] = duplicates(upload)
    with aside(tell) as told, queries.passing().open(upload.stored_as) as stream:
        return of.flow(
            stream,
            file_name=upload.file_name,
            actor=scope.actor,
            scope=scope,
            dry_run=dry_run,
            mapping=upload.mapping,
            job_id=asked.job_id,
            progress=lambda _, done, total: told(done, total),
            **said,
        )


def _scope(actor: Actor) -> Scope:
    """What whoever asked may see now. Raises NotPermitted once they may no longer log in."""
    if actor.kind != "user":
        return operator(actor.label)
    user = active_user(actor.id or 0)
    if user is None:
        raise NotPermitted(permission="import")
    return scope_of(user)


def _answer(report: ImportReport) -> Mapping[str, Any]:
    told = report._asdict()
    for name in ("errors", "warnings"):
        told[name] = [each._asdict() for each in told[name][:SHOWN]]
    return told


def _forget_uploads() -> None:
    uploads.forget_stale()
