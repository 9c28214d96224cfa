"""One invoice or credit note: what it says, what happened to it, and what can be done with it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from encaisse.allocation import queries as allocation
from encaisse.allocation.queries import AllocationRow
from encaisse.delivery.operations import requeue
from encaisse.delivery.queries import Failed, sending
from encaisse.desk import exchanges, states, stories
from encaisse.desk.judged import is_in_review, judged
from encaisse.desk.pages import advances, document, documents
from encaisse.desk.pages.invoices import page, title
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Route
from encaisse.desk.tagging import tagged
from encaisse.flows.send_documents import send_duplicate, send_first
from encaisse.insight.queries.timeline import Happening, of_invoice
from encaisse.invoice.queries.corrections import Creditable, creditable
from encaisse.invoice.queries.detail import (
    DiscountRow,
    InvoiceDetail,
    LineRow,
    Party,
    Related,
    TaxRow,
    invoice_detail,
)
from encaisse.kernel.money import from_minor, to_minor
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.takeover.queries import lines_told
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb, Fact, Money

EXAMINED: Final = frozenset({"document.checked", "document.broken"})
TROUBLE: Final = frozenset({"document.failed", "document.unread"})


class Acts(NamedTuple):
    """What this person may do with this document now."""

    issue: bool
    change: bool
    exclude: bool
    pay: str
    credit: bool
    replace: bool
    cancel: bool
    use: bool
    lay: bool
    send: bool


def invoice(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Facts on top, the document itself, what may be done next, and everything that happened."""
    found = invoice_detail(request.scope, invoice_id)
    settled = allocation.allocations_of_invoice(request.scope, invoice_id)
    happenings = of_invoice(request.scope, invoice_id)
    has_file = _has_file(found, happenings)
    sent = sending(request.scope, invoice_id)
    left = creditable(request.scope, invoice_id)
    examined = _last(happenings, EXAMINED)
    shown = {
        "invoice": found,
        "title": title(found.row),
        "state": states.invoice(found.row),
        "acts": _acts(request.scope, found, left),
        "facts": (*_facts(found), *_examined(examined)),
        "amounts": _amounts(found, left),
        "mentions": _mentions(found),
        "lines": _told(request.scope, found) if found.made_elsewhere else _lines(found),
        "taxes": _taxes(found.taxes),
        "instalments": _instalments(found),
        "settled": _settled(settled, of_credit_note=found.row.kind == "credit_note"),
        "related": _related(found),
        "left": Money(left.left_minor, left.currency),
        "moments": stories.moments(happenings),
        "has_file": has_file,
        "file": document.shown(request.scope, found.row) if has_file else None,
        "failed": [_failure(each) for each in sent.failed],
        "is_sent_to_nobody": has_file and found.row.state == "issued" and not sent.was_sent,
        "readers": sent.readers,
        "broken": documents.broken(examined.facts["asserts"]) if examined else [],
        "trouble": _trouble(happenings),
        "may_send_again": has_file and found.row.state == "issued" and sent.was_sent,
        "crumbs": (Crumb(_("Invoices"), reverse("desk:invoices")), Crumb(title(found.row))),
        "advance": advances.section(request.scope, found.row),
        **judged(request.scope, found),
        **tagged(request.scope, invoice_id),
    }
    return render(request, "desk/invoice.html", shown)


def send(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Send a document that was sent to nobody, now that its account has an address."""
    send_first(request.scope, invoice_id)
    messages.success(request, _("It is on its way."))
    return redirect("desk:invoice", invoice_id)


def resend(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Send a copy of a document, marked as a duplicate on every page."""
    send_duplicate(request.scope, invoice_id)
    messages.success(request, _("The duplicate is on its way."))
    return redirect("desk:invoice", invoice_id)


def send_again(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Queue again what could not be sent of a document."""
    invoice_detail(request.scope, invoice_id)
    for each in sending(request.scope, invoice_id).failed:
        requeue(each.id, scope=request.scope)
    messages.success(request, _("It is on its way again."))
    return redirect("desk:invoice", invoice_id)


def _acts(scope: Scope, found: InvoiceDetail, left: Creditable) -> Acts:
    row = found.row
    by_hand = row.state in ("approved", "suspect", "rejected") and found.run_kind == "manual"
    issued, is_note = row.state == "issued", row.kind == "credit_note"
    to_pay = issued and not is_note and row.open_minor > 0 and scope.may("record_payment")
    query = f"?account={public_id('ba', row.account_id)}&invoice={public_id('inv', row.id)}"
    # An advance is given back as a whole, see `advances`.
    credit = bool(left.lines) and row.kind != "advance" and scope.may("credit")
    to_use = issued and is_note and row.open_minor < 0 and scope.may("allocate")
    return Acts(
        issue=by_hand and row.state == "approved" and scope.may("issue"),
        change=by_hand and scope.may("bill"),
        exclude=is_in_review(scope, found),
        pay=reverse("desk:new_payment") + query if to_pay else "",
        credit=credit,
        replace=credit and scope.may("bill"),
        cancel=issued and is_note and not found.made_elsewhere and not _later(found) and scope.may("credit"),
        use=to_use,
        lay=to_use,
        send=scope.may("issue"),
    )


def _later(found: InvoiceDetail) -> list[Related]:
    """The documents that correct, cancel or replace this one."""
    return [each for each in found.related if each.corrects_id == found.row.id]


def _has_file(found: InvoiceDetail, happenings: Sequence[Happening]) -> bool:
    """Whether there is a file to show: a draft's preview, or the document once it is made."""
    if found.row.state == "issued":
        return any(each.topic == "document.made" for each in happenings)
    return found.row.state != "cancelled"


def _last(happenings: Sequence[Happening], topics: frozenset[str]) -> Happening | None:
    return next((each for each in happenings if each.topic in topics), None)


def _examined(found: Happening | None) -> tuple[Fact, ...]:
    if found is None:
        return ()
    return (Fact(_("Official rules"), documents.verdict(found.facts["asserts"]), note=found.facts["by"]),)


def _trouble(happenings: Sequence[Happening]) -> str:
    """Why there is no file, or nobody could examine it: what was seen last, unless it went better since."""
    last = _last(happenings, EXAMINED | TROUBLE)
    return words.reason(last.facts["code"], last.facts) if last and last.topic in TROUBLE else ""


def _failure(failed: Failed) -> str:
    """To whom it could not be sent, and why."""
    said = {"address": failed.address, "reason": words.REFUSALS.get(failed.error, failed.error)}
    return _("Could not be sent to %(address)s: %(reason)s") % said


def _facts(found: InvoiceDetail) -> tuple[Fact, ...]:
    row = found.row
    run = reverse("desk:run", args=[found.run_id]) if found.run_id else ""
    facts = (
        Fact(_("Customer"), row.customer, reverse("desk:customer", args=[row.customer_id])),
        Fact(_("Billing account"), row.account, reverse("desk:account", args=[row.account_id])),
        Fact(_("Kind"), states.INVOICE_KINDS[row.kind]),
        Fact(_("Issued on"), row.issue_date),
        Fact(_("Due on"), row.due_date, note=words.terms(found.terms)),
        Fact(_("Period"), _period(found)),
        Fact(_("Purchase order"), found.references.order_reference),
        Fact(_("Buyer's contract"), found.references.contract_reference),
        Fact(_("Buyer reference or service code"), found.references.buyer_reference),
        Fact(_("Seller"), found.seller.name, note=_identifiers(found.seller)),
        Fact(_("Buyer"), found.buyer.name, note=_identifiers(found.buyer)),
        Fact(_("Billing run"), _("Open the run") if run else "", run),
        *(Fact(_relation(found.row.kind, each.kind), title(each), page(each)) for each in _earlier(found)),
        Fact(_("Reason"), found.reason),
        Fact(_("Origin"), _("Made elsewhere, taken over") if found.made_elsewhere else ""),
        Fact(
            _("Seal"),
            found.seal[:16],
            note=_("It chains this number to the one before."),
        ),
    )
    return tuple(fact for fact in facts if fact.value not in (None, ""))


def _earlier(found: InvoiceDetail) -> list[Related]:
    return [each for each in found.related if each.corrects_id != found.row.id]


def _relation(kind: str, earlier: str) -> str:
    """What a document is to the earlier one that it names."""
    if kind == "credit_note":
        return _("Credits")
    return _("Cancels") if earlier == "credit_note" else _("Replaces")


def _period(found: InvoiceDetail) -> str:
    return formats.period(found.period_from, found.period_to) if found.period_from and found.period_to else ""


def _identifiers(party: Party) -> str:
    known = ((_("SIREN"), party.siren), (_("VAT number"), party.vat_number), *party.national_numbers)
    address = ", ".join((*party.address, party.country))
    return " · ".join((address, *(f"{name} {value}" for name, value in known if value)))


def _amounts(found: InvoiceDetail, left: Creditable) -> tuple[Fact, ...]:
    row = found.row
    facts = [
        *(
            Fact(_("Discount"), Money(-each.amount_minor, row.currency), note=_reason(each))
            for each in found.discounts
        ),
        Fact(_("Net"), Money(row.net_minor, row.currency)),
        Fact(_("Taxes"), Money(row.tax_minor, row.currency)),
        Fact(_("Total"), Money(row.gross_minor, row.currency)),
    ]
    if found.books:
        facts.append(exchanges.in_the_books(found.books))
    if row.state == "issued":
        facts += [
            Fact(_("Settled so far"), Money(row.settled_minor, row.currency)),
            Fact(_("Still due"), Money(row.open_minor, row.currency)),
        ]
    if row.kind == "invoice" and any(each.kind == "credit_note" for each in _later(found)):
        facts += [
            Fact(_("Credited so far"), Money(row.gross_minor - left.left_minor, row.currency)),
            Fact(_("Left to credit"), Money(left.left_minor, row.currency)),
        ]
    return tuple(facts)


def _reason(discount: DiscountRow) -> str:
    if discount.percent is None:
        return discount.reason
    return f"{discount.reason}, {formats.percent(discount.percent)}"


def _mentions(found: InvoiceDetail) -> list[str]:
    french = (get_language() or "").startswith("fr")
    said = (tax.mention_fr if french else tax.mention_en for tax in found.taxes)
    return list(dict.fromkeys(mention for mention in said if mention))


def _lines(found: InvoiceDetail) -> Table:
    columns = [
        Column("label", _("Description")),
        Column("period_from", _("Period"), show=_line_period),
        Column("quantity", _("Quantity"), Kind.NUMBER),
        Column("unit_price", _("Unit price"), Kind.NUMBER, show=_price),
        Column("discount_percent", _("Discount"), Kind.NUMBER, show=_discount),
        Column("tax", _("Tax"), show=lambda line: line.tax_fr if formats.in_french() else line.tax_en),
        Column("net_minor", _("Net"), Kind.MONEY),
    ]
    if not any(line.discount_percent for line in found.lines):
        del columns[4]
    totals = {"net_minor": Money(found.row.net_minor, found.row.currency)}
    return Table(tuple(columns), found.lines, name="lines", caption=_("Lines"), totals=totals)


def _told(scope: Scope, found: InvoiceDetail) -> Table:
    """The lines of an invoice made elsewhere, as its file told them."""
    columns = (
        Column("label", _("Description")),
        Column("quantity", _("Quantity"), Kind.NUMBER),
        Column("unit_price", _("Unit price"), Kind.NUMBER),
        Column("net", _("Net"), Kind.NUMBER),
    )
    return Table(columns, lines_told(scope, found.row.id), name="lines", caption=_("Lines"))


def _line_period(line: LineRow) -> str:
    return formats.period(line.period_from, line.period_to) if line.period_from and line.period_to else ""


def _price(line: LineRow) -> str:
    """The exact price, with the decimals of its currency at least."""
    exact = formats.number(line.unit_price)
    rounded = to_minor(line.unit_price, line.currency)
    if from_minor(rounded, line.currency) != line.unit_price:
        return exact
    return formats.amount(rounded, line.currency)


def _discount(line: LineRow) -> str:
    return formats.percent(line.discount_percent) if line.discount_percent else ""


def _taxes(taxes: Sequence[TaxRow]) -> Table:
    french = (get_language() or "").startswith("fr")
    columns = (
        Column("name_fr" if french else "name_en", _("Tax")),
        Column("rate", _("Tax rate"), Kind.NUMBER, show=lambda tax: formats.percent(tax.rate)),
        Column("base_minor", _("Base"), Kind.MONEY),
        Column("tax_minor", _("Amount"), Kind.MONEY),
    )
    return Table(columns, taxes, name="taxes", caption=_("Taxes"))


def _instalments(found: InvoiceDetail) -> Table:
    columns = (
        Column("due_date", _("Due on"), Kind.DATE),
        Column("state", _("State"), Kind.STATUS, show=lambda row: states.INSTALMENTS[row.state]),
        Column("amount_minor", _("Amount"), Kind.MONEY),
        Column("open_minor", _("Still due"), Kind.MONEY),
    )
    return Table(columns, found.instalments, name="instalments", caption=_("Instalments"))


def _settled(rows: Sequence[AllocationRow], *, of_credit_note: bool) -> Table:
    columns = (
        Column("invoice", _("Laid on"), Kind.CODE, link=_invoice_page)
        if of_credit_note
        else Column("source", _("Settled with"), show=_source, link=_source_page),
        Column("allocated_on", _("Allocated on"), Kind.DATE),
        Column("actor", _("By")),
        Column("amount_minor", _("Amount"), Kind.MONEY),
    )
    return Table(columns, rows, name="settled", caption=_("Settlement"))


def _source(row: AllocationRow) -> str:
    if row.credit_note_id:
        return _("Credit note %(number)s") % {"number": row.source}
    return _("Payment %(reference)s") % {"reference": row.source}


def _source_page(row: AllocationRow) -> str:
    if row.credit_note_id:
        return reverse("desk:invoice", args=[row.credit_note_id])
    if row.deposit_id:
        return reverse("desk:deposit", args=[row.deposit_id])
    return reverse("desk:payment", args=[row.payment_id])


def _invoice_page(row: AllocationRow) -> str:
    return reverse("desk:invoice", args=[row.invoice_id])


def _related(found: InvoiceDetail) -> Table:
    kinds = {
        ("invoice", "credit_note"): _("Credit note"),
        ("invoice", "invoice"): _("Replacement"),
        ("credit_note", "invoice"): _("Bills it again"),
    }
    columns = (
        Column("number", _("Number"), Kind.CODE, show=title, link=page),
        Column("kind", _("Kind"), show=lambda row: kinds[found.row.kind, row.kind]),
        Column("issue_date", _("Issued on"), Kind.DATE),
        Column("gross_minor", _("Total"), Kind.MONEY),
    )
    return Table(columns, _later(found), name="related", caption=_("Corrections"))


routes = [
    Route("invoices/<inv:invoice_id>", "invoice", invoice),
    Route("invoices/<inv:invoice_id>/send", "send_invoice", send, "issue", BUTTON),
    Route("invoices/<inv:invoice_id>/resend", "resend_invoice", resend, "issue", BUTTON),
    Route("invoices/<inv:invoice_id>/send-again", "send_again", send_again, "issue", BUTTON),
]
