"""Documents to look at: those that could not be made or examined, and what the official rules say of the others."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Final, Literal

from ninja import Query

from encaisse.api.fields import CustomerRef, InvoiceKey, InvoiceRef, Paging, Told, next_page
from encaisse.api.fields import Page as Listed
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.document.queries import checks
from encaisse.document.queries.checks import DocumentRow
from encaisse.flows.make_documents import make_again_later, make_all_again_later
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope
from encaisse.ui import words

resource = Resource("Documents")
State = Literal["not_made", "unread", "failed", "passed"]
READS: Final[dict[str, Callable[[Scope, Window], Found[DocumentRow]]]] = {
    "not_made": checks.not_made,
    "unread": checks.unread,
    "failed": lambda scope, asked: checks.examined(scope, "failed", asked),
    "passed": lambda scope, asked: checks.examined(scope, "passed", asked),
}


class DocumentFilter(Paging):
    """Which documents: those that could not be made, could not be examined, break a rule, or keep every rule."""

    after: InvoiceKey | None = None
    state: State = "not_made"


class Verdict(Told):
    """What one official rule said of a document; `flag` is fatal, error or warning."""

    rule: str
    flag: str
    text: str


class DocumentSeen(Told):
    """The document of an invoice and what was last said of it: the asserts of rules, or why there are none."""

    invoice_id: InvoiceRef
    number: str
    issue_date: dt.date
    customer_id: CustomerRef
    customer: str
    at: dt.datetime
    asserts: list[Verdict]
    code: str
    reason: str

    @staticmethod
    def resolve_reason(row: DocumentRow) -> str:
        """Why it could not be made or examined, in words."""
        return str(words.reason(row.code, row.facts)) if row.code else ""


class Alarms(Told):
    """How many documents somebody must look at, counted to ten thousand."""

    not_made: int
    failed: int
    unread: int


class TriedAgain(Told):
    """How many documents workers try again."""

    documents: int


@resource.get("/documents", Listed[DocumentSeen])
def list_documents(request: ProgramRequest, asked: Query[DocumentFilter]) -> Any:
    """List the documents of one state.

    The newest first. `after` is the invoice of the last one seen.
    """
    window = Window(size=asked.limit + 1, after=asked.after)
    rows = READS[asked.state](request.scope, window).rows
    shown, more = rows[: asked.limit], len(rows) > asked.limit
    following = next_page(request, "inv", shown[-1].invoice_id) if more else None
    return {"data": shown, "has_more": more, "next": following}


@resource.get("/documents/alarms", Alarms)
def get_document_alarms(request: ProgramRequest) -> Any:
    """Read how many documents somebody must look at."""
    return checks.alarms(request.scope)


@resource.post("/documents/try", TriedAgain, "issue", status=202)
def try_documents_again(request: ProgramRequest) -> Any:
    """Try every document again that could not be made or examined."""
    return {"documents": make_all_again_later(request.scope)}


@resource.post("/invoices/{invoice_id}/document/try", TriedAgain, "issue", status=202)
def try_document_again(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Try the document of one invoice again."""
    make_again_later(request.scope, invoice_id)
    return {"documents": 1}
