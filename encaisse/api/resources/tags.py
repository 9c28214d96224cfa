"""Tags, by which documents are found again."""

from typing import Annotated, Any

from encaisse.api.fields import Given, InvoiceKey, Page, Text, Told, whole
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.tag import operations, queries
from encaisse.tag.rules import LONGEST

resource = Resource("Tags")


class Tag(Told):
    """A word that documents bear. Customers never see it."""

    name: str


class DocumentTags(Told):
    """What a document bears, by name."""

    tags: list[str]


class TagGiven(Given):
    """A word or a few, whatever their capitals."""

    name: Annotated[str, Text(LONGEST, 1)]


@resource.get("/tags", Page[Tag])
def list_tags(request: ProgramRequest) -> Any:
    """List tags.

    Those that a document bears, all at once.
    """
    return whole([{"name": name} for name in queries.in_use(request.scope)])


@resource.post("/invoices/{invoice_id}/tags", DocumentTags, "bill", status=200)
def tag_invoice(request: ProgramRequest, invoice_id: InvoiceKey, said: TagGiven) -> Any:
    """Tag an invoice.

    The tag is made when nobody used it before; a document that bears it already stays as it is.
    """
    operations.tag(request.scope, invoice_id, said.name)
    return _borne(request, invoice_id)


@resource.post("/invoices/{invoice_id}/tags/remove", DocumentTags, "bill", status=200)
def untag_invoice(request: ProgramRequest, invoice_id: InvoiceKey, said: TagGiven) -> Any:
    """Take a tag off an invoice."""
    operations.untag(request.scope, invoice_id, said.name)
    return _borne(request, invoice_id)


@resource.get("/invoices/{invoice_id}/tags", DocumentTags)
def list_invoice_tags(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """List the tags of an invoice."""
    invoice_detail(request.scope, invoice_id)
    return _borne(request, invoice_id)


def _borne(request: ProgramRequest, invoice_id: int) -> dict[str, Any]:
    return {"tags": list(queries.tags_of(request.scope, [invoice_id]).get(invoice_id, ()))}
