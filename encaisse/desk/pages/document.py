"""The file of an invoice: the PDF itself, and its pages as images for whoever cannot open one within a page."""

from typing import Final, NamedTuple

from django.http import HttpResponse
from django.urls import reverse

from encaisse.adapters.pages import page_png, page_sizes
from encaisse.desk.pages.invoices import title
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Route
from encaisse.document.queries.made import PDF, document_of, preview
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.invoice.queries.lists import InvoiceRow
from encaisse.kernel.errors import DomainError
from encaisse.kernel.scope import Scope
from encaisse.ui import words
from encaisse.ui.shapes import Sheet

WIDTH_PX: Final = 1200
"""Twice as wide as the page shows it, so that small print stays sharp."""


class Shown(NamedTuple):
    """The pages of a file, or in words why there is nothing to show."""

    sheets: tuple[Sheet, ...] = ()
    refusal: str = ""


def pdf(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """The archived file, or what a draft would give, marked as one."""
    name, content = _file(request.scope, invoice_detail(request.scope, invoice_id).row)
    manner = "attachment" if "download" in request.GET else "inline"
    headers = {"Content-Disposition": f'{manner}; filename="{name}"'}
    return HttpResponse(content, content_type=PDF, headers=headers)


def image(request: ScopedRequest, invoice_id: int, page: int) -> HttpResponse:
    """One page of the same file, counted from 1."""
    _name, content = _file(request.scope, invoice_detail(request.scope, invoice_id).row)
    return HttpResponse(page_png(content, page, width_px=WIDTH_PX), content_type="image/png")


def shown(scope: Scope, row: InvoiceRow) -> Shown:
    """The file of an invoice as its page shows it. A file that cannot be made or read does not hide the rest."""
    try:
        _name, content = _file(scope, row)
    except DomainError as error:
        return Shown(refusal=words.refusal(error))
    sizes = page_sizes(content, width_px=WIDTH_PX)
    pages = enumerate(sizes, 1)
    return Shown(
        tuple(Sheet(reverse("desk:invoice_page", args=[row.id, page]), *size) for page, size in pages)
    )


def _file(scope: Scope, row: InvoiceRow) -> tuple[str, bytes]:
    if row.state != "issued":
        return f"{title(row)}.pdf", preview(scope, row.id)
    made = document_of(scope, row.id)
    return made.name, made.content


routes = [
    Route("invoices/<inv:invoice_id>/pdf", "invoice_pdf", pdf),
    Route("invoices/<inv:invoice_id>/pages/<int:page>.png", "invoice_page", image),
]
