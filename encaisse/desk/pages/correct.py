"""Correcting what was issued: credit notes, whole or in part, their cancelling, replacements, what they are laid on."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.allocation import queries as allocation
from encaisse.allocation.queries import OpenInvoice
from encaisse.desk.fields import AmountField, today
from encaisse.desk.forms import Form
from encaisse.desk.pages.invoices import page, title
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Route
from encaisse.flows.cancel_and_replace import cancel_and_replace
from encaisse.flows.credit_invoice import cancel_credit_note, credit
from encaisse.flows.settle import settle_with_credit_note
from encaisse.invoice.queries.corrections import CreditTotals, LineLeft, credit_preview, creditable
from encaisse.invoice.queries.detail import InvoiceDetail, invoice_detail
from encaisse.invoice.rules.portion import REST, Cut
from encaisse.kernel.money import to_minor
from encaisse.ui.lists import LONGEST_VALUE, Column, Kind, Table
from encaisse.ui.shapes import Crumb, Fact, Money

ALL, PART = "all", "part"
EXTENTS: Final = (
    (ALL, gettext_lazy("Everything that is left")),
    (PART, gettext_lazy("Some lines, by quantity or by amount")),
)


class CreditForm(Form):
    """How much of each line is credited, and why."""

    extent = forms.ChoiceField(
        label=gettext_lazy("What is credited?"), choices=EXTENTS, widget=forms.RadioSelect, initial=ALL
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It is printed on the credit note."),
        max_length=LONGEST_VALUE,
    )

    def __init__(self, lines: Sequence[LineLeft], *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.lines = lines
        for line in lines:
            for name, label in (("quantity", _("Quantity of %(line)s")), ("amount", _("Amount of %(line)s"))):
                self.fields[f"{name}_{line.id}"] = AmountField(
                    label=label % {"line": line.label},
                    required=False,
                    max_digits=14,
                    decimal_places=6,
                    min_value=Decimal(0),
                )

    def clean(self) -> dict[str, Any]:
        """The arguments of the flow."""
        said = super().clean() or self.cleaned_data
        cuts = {line.id: cut for line in self.lines if (cut := self._cut(line, said))}
        if said.get("extent") == ALL:
            if cuts:
                self.add_error(
                    "extent", _("Quantities or amounts were typed: choose some lines, or empty them.")
                )
            cuts = {line.id: REST for line in self.lines}
        elif not cuts and not self.errors:
            self.add_error("extent", _("Type a quantity or an amount beside a line."))
        return {"cuts": cuts, "reason": said.get("reason", "")}

    def fingerprint(self) -> str:
        """What stands for the cuts as they were shown, so that no others are issued in their place."""
        return sha256(repr(sorted(self.cleaned_data["cuts"].items())).encode()).hexdigest()[:16]

    def control(self, name: str) -> Callable[[LineLeft], SafeString]:
        """What a column shows: the control of one line, and what is wrong with it."""

        def show(line: LineLeft) -> SafeString:
            return _control(self[f"{name}_{line.id}"])

        return show

    def _cut(self, line: LineLeft, said: dict[str, Any]) -> Cut | None:
        quantity, amount = said.get(f"quantity_{line.id}"), said.get(f"amount_{line.id}")
        if quantity is not None and amount is not None:
            self.add_error(f"amount_{line.id}", _("Either a quantity or an amount."))
        if quantity is not None:
            return Cut(quantity=quantity.copy_sign(line.left_quantity))
        if amount is None:
            return None
        minor = to_minor(amount, line.currency)
        return Cut(amount_minor=-minor if line.left_minor < 0 else minor)


def _control(bound: BoundField) -> SafeString:
    """A control that stands in a table: its column names it for eyes, its label for ears."""
    error = render_to_string("ui/components/field_error.html", {"field": bound})
    attrs: dict[str, str | bool] = {"class": "control", "aria-label": str(bound.label)}
    return format_html('<div class="field">{}{}</div>', bound.as_widget(attrs=attrs), error)


class LayForm(Form):
    """How much of a credit note is laid on each open invoice of its account."""

    def __init__(self, opened: Sequence[OpenInvoice], *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.opened = opened
        for each in opened:
            self.fields[f"amount_{each.id}"] = AmountField(
                label=_("Amount laid on %(number)s") % {"number": each.number},
                required=False,
                max_digits=14,
                decimal_places=3,
            )

    def clean(self) -> dict[str, Any]:
        """The arguments of the flow."""
        said = super().clean() or self.cleaned_data
        typed = ((each, said.get(f"amount_{each.id}")) for each in self.opened)
        return {"amounts": {each.id: to_minor(amount, each.currency) for each, amount in typed if amount}}

    def control(self, row: OpenInvoice) -> SafeString:
        """The control of one invoice, and what is wrong with it."""
        return _control(self[f"amount_{row.id}"])


def credit_invoice(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Say what is credited, see what it comes to, then issue the credit note: no amount is issued unseen."""
    found = invoice_detail(request.scope, invoice_id)
    left = creditable(request.scope, invoice_id)
    form = CreditForm(left.lines, request.POST or None)
    seen: CreditTotals | None = None
    if form.sent(lambda cuts, reason: credit_preview(request.scope, invoice_id, cuts)):
        seen = form.outcome
        if request.POST.get("seen") == form.fingerprint() and form.sent(
            lambda **said: credit(request.scope, invoice_id, issue_date=today(request.scope), **said)
        ):
            messages.success(request, _("The credit note is issued."))
            return redirect("desk:invoice", form.outcome)
    shown = {
        "form": form,
        "lines": _left_lines(form, left.lines),
        "left": Money(left.left_minor, left.currency),
        "seen": form.fingerprint() if seen else "",
        "totals": _totals(seen) if seen else (),
        "crumbs": _crumbs(found, _("Credit note")),
        "invoice": found,
        "title": title(found.row),
    }
    return render(request, "desk/credit_invoice.html", shown)


def replace(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Credit an invoice and open a draft of its lines to correct."""
    invoice_detail(request.scope, invoice_id)
    made = cancel_and_replace(
        request.scope, invoice_id, reason=_reason(request), issue_date=today(request.scope)
    )
    messages.success(request, _("The invoice is credited. Correct its draft, then issue it."))
    return redirect("desk:edit_invoice", made.draft_id)


def cancel(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Bill again what a credit note gave back."""
    invoice_detail(request.scope, invoice_id)
    opposite_id = cancel_credit_note(
        request.scope, invoice_id, reason=_reason(request), issue_date=today(request.scope)
    )
    messages.success(request, _("The credit note is cancelled: this invoice bills again what it credited."))
    return redirect("desk:invoice", opposite_id)


def use(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Lay a credit note on the invoice that it corrects."""
    settle_with_credit_note(invoice_id, scope=request.scope)
    return redirect("desk:invoice", invoice_id)


def lay(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Lay what is left of a credit note on open invoices of its account."""
    found = invoice_detail(request.scope, invoice_id)
    row = found.row
    opened = [
        each
        for each in allocation.open_items(request.scope, row.account_id)
        if each.currency == row.currency and row.kind == "credit_note" and row.state == "issued"
    ]
    form = LayForm(opened, request.POST or None)
    if form.sent(lambda amounts: settle_with_credit_note(invoice_id, scope=request.scope, amounts=amounts)):
        messages.success(request, _("The credit note is laid on what you chose."))
        return redirect("desk:invoice", invoice_id)
    shown = {
        "form": form,
        "opened": _opened(form, opened),
        "left": Money(abs(row.open_minor), row.currency),
        "crumbs": _crumbs(found, _("Lay on invoices")),
        "invoice": found,
        "title": title(row),
    }
    return render(request, "desk/lay_credit_note.html", shown)


def _reason(request: ScopedRequest) -> str:
    return request.POST.get("reason", "").replace("\0", "").strip()[:LONGEST_VALUE]


def _crumbs(found: InvoiceDetail, here: str) -> tuple[Crumb, ...]:
    return (
        Crumb(_("Invoices"), reverse("desk:invoices")),
        Crumb(title(found.row), page(found.row)),
        Crumb(here),
    )


def _left_lines(form: CreditForm, lines: Sequence[LineLeft]) -> Table:
    columns = (
        Column("label", _("Description")),
        Column("quantity", _("Quantity"), Kind.NUMBER),
        Column("net_minor", _("Net"), Kind.MONEY),
        Column("left_quantity", _("Quantity left"), Kind.NUMBER),
        Column("left_minor", _("Net left"), Kind.MONEY),
        Column("credited_quantity", _("Quantity to credit"), Kind.NUMBER, show=form.control("quantity")),
        Column("credited_amount", _("or net amount"), Kind.NUMBER, show=form.control("amount")),
    )
    return Table(columns, lines, name="lines", caption=_("Lines"))


def _totals(seen: CreditTotals) -> tuple[Fact, ...]:
    return (
        Fact(_("Net"), Money(seen.net_minor, seen.currency)),
        Fact(_("Taxes"), Money(seen.tax_minor, seen.currency)),
        Fact(_("Credited"), Money(seen.gross_minor, seen.currency)),
        Fact(_("Left of the invoice"), Money(seen.left_minor, seen.currency)),
    )


def _opened(form: LayForm, opened: Sequence[OpenInvoice]) -> Table:
    columns = (
        Column("number", _("Number"), Kind.CODE, link=lambda row: reverse("desk:invoice", args=[row.id])),
        Column("issue_date", _("Issued on"), Kind.DATE),
        Column("due_date", _("Due on"), Kind.DATE),
        Column("open_minor", _("Still due"), Kind.MONEY),
        Column("laid", _("Amount to lay"), Kind.NUMBER, show=form.control),
    )
    return Table(columns, opened, name="opened", caption=_("Open invoices"))


routes = [
    Route("invoices/<inv:invoice_id>/credit", "credit_invoice", credit_invoice, "credit", FORM),
    Route("invoices/<inv:invoice_id>/replace", "replace_invoice", replace, "credit", BUTTON),
    Route("invoices/<inv:invoice_id>/cancel", "cancel_credit_note", cancel, "credit", BUTTON),
    Route("invoices/<inv:invoice_id>/use", "use_credit_note", use, "allocate", BUTTON),
    Route("invoices/<inv:invoice_id>/lay", "lay_credit_note", lay, "allocate", FORM),
]
