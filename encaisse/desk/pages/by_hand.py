"""An invoice by hand: its lines become a draft, which is looked at, then changed, issued or thrown away."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from encaisse.catalog import queries as catalog
from encaisse.charge.operations.manual import ManualLine
from encaisse.desk.buyer_references import ReferencesForm
from encaisse.desk.fields import AmountField, DayField, today
from encaisse.desk.pages.invoices import title
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Route
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import ByHand, bill_by_hand, draft_again
from encaisse.insight.queries.search import account_named
from encaisse.invoice.queries.corrections import DraftLine, draft_lines
from encaisse.invoice.queries.detail import invoice_detail
from encaisse.kernel.errors import NotFound
from encaisse.kernel.money import from_minor
from encaisse.kernel.references import key_of
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.queries import AccountRow
from encaisse.party.rules.references import References
from encaisse.ui import formats
from encaisse.ui.shapes import Crumb

MOST_LINES: Final = 200
DAY: Final = dt.timedelta(days=1)


class HandInvoice(ReferencesForm):
    """Who is billed, on what day, and under which references; those of the account stand where none is typed."""

    field_order = ("account", "issue_date", *References._fields)

    account = forms.CharField(
        label=gettext_lazy("Billing account"),
        help_text=gettext_lazy("Its reference, or that of the customer."),
        max_length=100,
    )
    issue_date = DayField(label=gettext_lazy("Date of the invoice"))

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.scope = scope

    def clean_account(self) -> AccountRow:
        """The account named."""
        found = account_named(self.scope, self.cleaned_data["account"])
        if found is None:
            raise forms.ValidationError(_("No account or customer has this reference."))
        return party.account(self.scope, found).row


class LineForm(forms.Form):
    """One line. A line left empty counts for nothing."""

    product = forms.TypedChoiceField(label=gettext_lazy("Product"), coerce=int)
    label = forms.CharField(label=gettext_lazy("Description"), max_length=200)
    quantity = AmountField(label=gettext_lazy("Quantity"), max_digits=14, decimal_places=6, initial=1)
    unit_price = AmountField(label=gettext_lazy("Unit price"), max_digits=14, decimal_places=6)
    discount_percent = AmountField(
        label=gettext_lazy("Discount in %"), min_value=Decimal(0), max_value=Decimal(100), required=False
    )
    discount_amount = AmountField(
        label=gettext_lazy("or discount in amount"), max_digits=14, decimal_places=6, required=False
    )
    discount_reason = forms.CharField(
        label=gettext_lazy("Reason of the discount"), max_length=100, required=False
    )
    first_day = DayField(label=gettext_lazy("Supplied from"), required=False)
    last_day = DayField(label=gettext_lazy("Supplied until"), required=False)

    def __init__(self, *given: Any, products: Sequence[tuple[int, str]], **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["product"].choices = products  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One discount at most, and a period that is whole."""
        said = super().clean() or self.cleaned_data
        if said.get("discount_percent") and said.get("discount_amount"):
            self.add_error("discount_amount", _("Either a percentage or an amount."))
        first, last = said.get("first_day"), said.get("last_day")
        if bool(first) != bool(last) or (first and last and last < first):
            self.add_error(
                "last_day", _("A period has a first day, and a last one that does not come before it.")
            )
        return said

    def line(self) -> ManualLine:
        """The line as it is charged."""
        said = self.cleaned_data
        return ManualLine(
            product_id=said["product"],
            label=said["label"],
            quantity=said["quantity"],
            unit_price=said["unit_price"],
            discount_percent=said["discount_percent"] or Decimal(0),
            discount_amount=said["discount_amount"] or None,
            discount_reason=said["discount_reason"] or None,
            period_from=said["first_day"],
            period_to=said["last_day"] + DAY if said["last_day"] else None,
        )


class BaseLines(forms.BaseFormSet):  # type: ignore[type-arg]
    """Lines, of which some may be left out."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """Name the box that leaves a line out."""
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Leave this line out")


_BOUNDS: Final[dict[str, Any]] = {
    "formset": BaseLines, "min_num": 1, "validate_min": True, "max_num": MOST_LINES, "can_delete": True,
}  # fmt: skip
Lines = forms.formset_factory(LineForm, extra=1, **_BOUNDS)
Written = forms.formset_factory(LineForm, extra=0, **_BOUNDS)


def new_invoice(request: ScopedRequest) -> HttpResponse:
    """Write the lines, one more at a time, then make the draft."""
    form = HandInvoice(request.scope, request.POST or None, initial=_initial(request))
    lines = _lines(request)
    if lines.is_valid():
        drafted = _drafted(lines)
        if form.sent(lambda account, **typed: bill_by_hand(
            request.scope, account.id, drafted, **_said(account, **typed)
        )):  # fmt: skip
            return redirect("desk:invoice", form.outcome)
    crumbs = (Crumb(_("Invoices"), reverse("desk:invoices")), Crumb(_("Invoice by hand")))
    return render(request, "desk/new_invoice.html", {"form": form, "lines": lines, "crumbs": crumbs})


def edit(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Write a draft anew: what it says never changes, so another takes its place."""
    found = invoice_detail(request.scope, invoice_id)
    if found.row.state != "quarantined":
        _run_by_hand(request.scope, invoice_id)
    written = draft_lines(request.scope, invoice_id)
    initial = {"account": found.row.account, "issue_date": today(request.scope), **found.references._asdict()}
    form = HandInvoice(request.scope, request.POST or None, initial=initial)
    lines = _lines(request, [_written(line, found.row.currency) for line in written])
    if lines.is_valid():
        drafted = _drafted(lines)
        if form.sent(lambda account, **typed: draft_again(
            request.scope, invoice_id, drafted, account_id=account.id, **_said(account, **typed)
        )):  # fmt: skip
            return redirect("desk:invoice", form.outcome)
    name = title(found.row)
    crumbs = (
        Crumb(_("Invoices"), reverse("desk:invoices")),
        Crumb(name, reverse("desk:invoice", args=[invoice_id])),
        Crumb(_("Change")),
    )
    shown = {"form": form, "lines": lines, "crumbs": crumbs, "draft_id": invoice_id}
    return render(request, "desk/new_invoice.html", shown)


def issue(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Issue a draft made by hand."""
    run_id = _run_by_hand(request.scope, invoice_id)
    billing_cycle.issue(run_id, actor=request.scope.actor)
    issued = invoice_detail(request.scope, invoice_id)
    messages.success(request, _("%(number)s is issued.") % {"number": title(issued.row)})
    return redirect("desk:invoice", invoice_id)


def discard(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Throw a draft made by hand away, with its lines."""
    run_id = _run_by_hand(request.scope, invoice_id)
    billing_cycle.cancel(run_id, actor=request.scope.actor, drop=True)
    messages.success(request, _("The draft is thrown away."))
    return redirect("desk:invoice", invoice_id)


def _said(account: AccountRow, *, issue_date: dt.date, **typed: str) -> ByHand:
    """What an invoice by hand says beside its lines; a reference that is not typed is the account's own."""
    borne = References(**typed)
    if any(borne):
        borne = References(*(own or theirs for own, theirs in zip(borne, account.references, strict=True)))
    return {"currency": account.currency, "issue_date": issue_date, "references": borne}


def _run_by_hand(scope: Scope, invoice_id: int) -> int:
    found = invoice_detail(scope, invoice_id)
    if found.run_id is None or found.run_kind != "manual":
        raise NotFound(noun="invoice")
    return found.run_id


def _drafted(lines: Any) -> list[ManualLine]:
    """The lines that say something: those that were there and those that were typed, but for those left out."""
    kept = (line for line in lines if line not in lines.deleted_forms)
    return [line.line() for line in kept if line.initial.get("product") or line.has_changed()]


def _written(line: DraftLine, currency: str) -> dict[str, Any]:
    """A line of a draft as its form shows it."""
    by_amount = line.discount_minor and not line.discount_percent
    return {
        "product": line.product_id,
        "label": line.label,
        "quantity": formats.number(line.quantity),
        "unit_price": formats.number(line.unit_price),
        "discount_percent": formats.number(line.discount_percent) if line.discount_percent else "",
        "discount_amount": formats.number(from_minor(line.discount_minor, currency)) if by_amount else "",
        "discount_reason": line.discount_reason or "",
        "first_day": line.period_from,
        "last_day": line.period_to - DAY if line.period_to else None,
    }


def _initial(request: ScopedRequest) -> dict[str, Any]:
    reference = request.GET.get("account", "")
    account = party.account(request.scope, key_of("ba", reference)).row.reference if reference else ""
    return {"account": account, "issue_date": today(request.scope)}


def _lines(request: ScopedRequest, written: Sequence[dict[str, Any]] = ()) -> Any:
    """The lines as typed, or as `written` before; asked for one more, they are shown again, unjudged, before an
    empty one."""
    name = "name_fr" if (get_language() or "").startswith("fr") else "name_en"
    products = [(row.id, f"{getattr(row, name)} ({row.code})") for row in catalog.products(request.scope)]
    options: dict[str, Any] = {"prefix": "line", "form_kwargs": {"products": [("", "–"), *products]}}
    if request.POST.get("do") == "more":
        typed = Lines(request.POST, **options)
        return Lines(initial=[{field.name: field.value() for field in line} for line in typed], **options)
    return (Written if written else Lines)(request.POST or None, initial=written or None, **options)


routes = [
    Route("invoices/new", "new_invoice", new_invoice, "bill", FORM),
    Route("invoices/<inv:invoice_id>/edit", "edit_invoice", edit, "bill", FORM),
    Route("invoices/<inv:invoice_id>/issue", "issue_invoice", issue, "issue", BUTTON),
    Route("invoices/<inv:invoice_id>/discard", "discard_invoice", discard, "bill", BUTTON),
]
