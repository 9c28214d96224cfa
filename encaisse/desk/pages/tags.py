"""Tags put on a document and taken off it, on its page."""

from django.http import HttpResponse
from django.shortcuts import redirect

from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Route
from encaisse.tag import operations


def tag(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Put a tag on a document."""
    operations.tag(request.scope, invoice_id, request.POST.get("tag", ""))
    return redirect("desk:invoice", invoice_id)


def untag(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Take a tag off a document."""
    operations.untag(request.scope, invoice_id, request.POST.get("tag", ""))
    return redirect("desk:invoice", invoice_id)


routes = [
    Route("invoices/<inv:invoice_id>/tag", "tag_invoice", tag, "bill", BUTTON),
    Route("invoices/<inv:invoice_id>/untag", "untag_invoice", untag, "bill", BUTTON),
]
