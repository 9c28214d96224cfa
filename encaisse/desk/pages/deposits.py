"""Security deposits: the list, one of them with every movement, and asking for another."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from encaisse.deposit.queries import deposits as queries
from encaisse.deposit.queries import proposals
from encaisse.deposit.queries import templates as known
from encaisse.deposit.queries.deposits import DepositRow, MovementRow, Wanted
from encaisse.desk import deposit_words, stories
from encaisse.desk.fields import AmountField, DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.lists import files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.flows.deposits import request_deposit
from encaisse.insight.queries.search import account_named
from encaisse.insight.queries.timeline import of_deposit
from encaisse.kernel.money import to_minor
from encaisse.kernel.references import key_of, public_id
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.subscription import queries as subscription
from encaisse.ui import formats
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Money

# What the list is narrowed to by the pages that lead there.
NARROWED: Final = {
    "customer": ("cus", gettext_lazy("Customer"), gettext_lazy("This customer")),
    "account": ("ba", gettext_lazy("Billing account"), gettext_lazy("This account")),
    "contract": ("sub", gettext_lazy("Contract"), gettext_lazy("This contract")),
    "template": ("dpt", gettext_lazy("Template"), gettext_lazy("This template")),
}


class NewDeposit(Form):
    """What is asked for, of whom, until when."""

    account = forms.CharField(
        label=gettext_lazy("Account"),
        help_text=gettext_lazy("The reference of a billing account or of a customer."),
        max_length=100,
    )
    template_id = forms.TypedChoiceField(label=gettext_lazy("Template"), coerce=int)
    amount = AmountField(label=gettext_lazy("Amount"), min_value=Decimal(0), decimal_places=3, max_digits=15)
    requested_on = DayField(label=pgettext_lazy("deposit", "Asked for on"))
    valid_until = DayField(
        label=gettext_lazy("Held until"),
        help_text=gettext_lazy("Its last day. Left empty, as the template says."),
        required=False,
    )
    is_draft = forms.BooleanField(
        label=gettext_lazy("Only prepare it"),
        help_text=gettext_lazy("Nothing is received for it before it is asked for."),
        required=False,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.scope = scope
        self.templates = {row.id: row for row in known.templates(scope, only_active=True).rows}
        self.choose("template_id", [(row.id, _named(row)) for row in self.templates.values()])

    def clean_account(self) -> int:
        """The account named."""
        found = account_named(self.scope, self.cleaned_data["account"])
        if found is None:
            raise forms.ValidationError(_("No account, customer or invoice has this reference."))
        return found

    def clean(self) -> dict[str, Any]:
        """The arguments of the flow, the amount in minor units of the template's currency."""
        said = super().clean() or self.cleaned_data
        template, amount = self.templates.get(said.get("template_id", 0)), said.pop("amount", None)
        if template is None or amount is None:
            return said
        return {**said, "amount_minor": to_minor(amount, template.currency)}


def _named(row: known.TemplateRow) -> str:
    limits = (formats.money(each, row.currency) for each in (row.min_minor, row.max_minor))
    return f"{row.name} ({' – '.join(limits)}, {row.entity})"


def deposits(request: ScopedRequest) -> HttpResponse:
    """Every deposit, the latest first, and what is held in all."""
    table = _table(request.scope, request.GET)
    sellers = party.legal_entities(request.scope)
    page = {
        "table": table,
        "totals": queries.held(request.scope, _wanted(table.asked, sellers)),
        "may_ask": request.scope.may("manage_deposits"),
    }
    return render(request, "desk/deposits.html", page)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    sellers = party.legal_entities(scope)
    listing = Listing(columns(), tuple(_filters(address, sellers)), Sort("requested_on", descending=True))
    asked = listing.asked(address, size)
    found = queries.deposits(scope, _wanted(asked, sellers), window=window(asked))
    may = scope.may("manage_deposits")
    action = (_("Ask for a deposit"), reverse("desk:new_deposit")) if may else ("", "")
    text = _("A deposit is a guarantee that you hold for a customer: it is nobody's debt and bears no VAT.")
    shown: dict[str, Any] = {"name": "deposits", "caption": _("Security deposits")}
    shown |= {"empty": Empty(_("No deposit yet"), text, *action), "export_url": files("deposits", asked)}
    return listing.table(asked, found.rows, total=found.total, more=found.more, **shown)


def columns() -> tuple[Column, ...]:
    """The columns of a list of deposits."""
    return (
        Column("number", _("Number"), Kind.CODE, sortable=True, link=page),
        Column("customer", _("Customer"), link=_customer),
        Column("requested_on", _("Asked for on"), Kind.DATE, sortable=True),
        Column("template", _("Template")),
        Column("contract", _("Contract"), Kind.CODE),
        Column("state", _("State"), Kind.STATUS, show=deposit_words.state),
        Column("valid_until", _("Held until"), Kind.DATE, sortable=True),
        Column("amount_minor", _("Amount"), Kind.MONEY, sortable=True),
        Column("held_minor", _("Held"), Kind.MONEY, sortable=True),
    )


def section(scope: Scope, wanted: Wanted) -> Table | None:
    """The deposits of an account or a contract, within its page; nothing when there is none."""
    found = queries.deposits(scope, wanted, count=False)
    shown = {"number", "requested_on", "state", "amount_minor", "held_minor"}
    kept = tuple(column for column in columns() if column.key in shown)
    return Table(kept, found.rows, name="deposits", caption=_("Security deposits")) if found.rows else None


def new_deposit(request: ScopedRequest) -> HttpResponse:
    """Ask for a deposit, or prepare one."""
    contract = _contract(request)
    form = NewDeposit(request.scope, request.POST or None, initial=_initial(request, contract))
    subscription_id = contract.row.id if contract else None

    def ask(account: int, **said: Any) -> int:
        return request_deposit(
            request.scope, account, said.pop("template_id"), subscription_id=subscription_id, **said
        )

    if form.sent(ask):
        messages.success(request, _("The deposit is recorded: nobody owes it, and it is held once received."))
        return redirect("desk:deposit", form.outcome)
    crumbs = (Crumb(_("Security deposits"), reverse("desk:deposits")), Crumb(_("New deposit")))
    shown = {"form": form, "crumbs": crumbs, "contract": contract and contract.row, "known": form.templates}
    return render(request, "desk/new_deposit.html", shown)


def _contract(request: ScopedRequest) -> Any:
    reference = request.GET.get("contract", "")
    return subscription.contract(request.scope, key_of("sub", reference)) if reference else None


def _initial(request: ScopedRequest, contract: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"requested_on": today(request.scope)}
    if contract:
        return {**said, "account": contract.row.account}
    if reference := request.GET.get("account", ""):
        return {**said, "account": party.account(request.scope, key_of("ba", reference)).row.reference}
    return said


def deposit(request: ScopedRequest, deposit_id: int) -> HttpResponse:
    """Facts on top, what moved with its receipts, and what can be done next."""
    row = queries.deposit(request.scope, deposit_id)
    may = request.scope.may
    shown = {
        "deposit": row,
        "state": deposit_words.state(row),
        "facts": _facts(request.scope, row),
        "amounts": _amounts(row),
        "movements": _movements(queries.movements(request.scope, deposit_id)),
        "may_ask": row.state == "new" and may("manage_deposits"),
        "may_cancel": row.state in {"new", "validated"} and may("manage_deposits"),
        "may_fund": row.state in {"validated", "hold"} and may("record_payment"),
        "may_draw": row.is_held and may("allocate"),
        "may_refund": row.is_held and may("refund_deposits"),
        "proposals": [
            (each, deposit_words.proposed(each), deposit_words.WHYS[each.why])
            for each in proposals.proposals(request.scope, deposit_id=deposit_id).rows
        ],
        "may_decide": may("refund_deposits"),
        "moments": stories.moments(of_deposit(request.scope, deposit_id)),
        "crumbs": crumbs_of(row)[:1] + (Crumb(row.number),),
    }
    return render(request, "desk/deposit.html", shown)


def crumbs_of(row: DepositRow, here: str = "") -> tuple[Crumb, ...]:
    """The way to a page of a deposit."""
    return (
        Crumb(_("Security deposits"), reverse("desk:deposits")),
        Crumb(row.number, page(row)),
        Crumb(here),
    )


def page(row: DepositRow) -> str:
    """The address of a deposit."""
    return reverse("desk:deposit", args=[row.id])


def _facts(scope: Scope, row: DepositRow) -> tuple[Fact, ...]:
    may_change = scope.sees_every_customer and scope.may("manage_deposits")
    template = reverse("desk:deposit_template", args=[row.template_id]) if may_change else ""
    contract = reverse("desk:contract", args=[row.subscription_id]) if row.subscription_id else ""
    return (
        Fact(_("Customer"), row.customer, _customer(row)),
        Fact(_("Billing account"), row.account, reverse("desk:account", args=[row.account_id])),
        Fact(_("Contract"), row.contract, contract),
        Fact(_("Legal entity"), row.entity),
        Fact(_("Template"), row.template, template),
        Fact(_("Asked for on"), row.requested_on),
        Fact(_("Held until"), row.valid_until, note="" if row.valid_until else _("until somebody ends it")),
        Fact(_("Given back"), _("by itself") if row.is_auto_refund else _("once approved")),
        Fact(_("Why it was cancelled"), row.cancel_reason),
        Fact(_("Recorded on"), row.created_at),
        Fact(_("By"), row.actor),
    )


def _amounts(row: DepositRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Asked for"), Money(row.amount_minor, row.currency)),
        Fact(_("Received"), Money(row.received_minor, row.currency)),
        Fact(_("Drawn"), Money(row.drawn_minor, row.currency)),
        Fact(_("Given back"), Money(row.refunded_minor, row.currency)),
        Fact(_("Held"), Money(row.held_minor, row.currency)),
    )


def _movements(rows: list[MovementRow]) -> Table:
    listed = (
        Column("receipt", _("Receipt"), Kind.CODE, link=_receipt),
        Column("moved_on", _("Date"), Kind.DATE),
        Column("kind", _("Movement"), show=deposit_words.moved),
        Column("method", _("Method"), show=lambda row: deposit_words.METHODS.get(row.method, "")),
        Column("reference", _("Reference"), Kind.CODE, link=_piece),
        Column("amount_minor", _("Amount"), Kind.MONEY),
    )
    empty = Empty(_("Nothing moved yet"), _("What is received, drawn and given back will stand here."))
    return Table(listed, rows, name="movements", caption=_("Movements"), empty=empty)


def _receipt(row: MovementRow) -> str:
    return reverse("desk:deposit_receipt", args=[row.id])


def _piece(row: MovementRow) -> str:
    if row.invoice_id:
        return reverse("desk:invoice", args=[row.invoice_id])
    return reverse("desk:payment", args=[row.payment_id]) if row.payment_id else ""


def _customer(row: DepositRow) -> str:
    return reverse("desk:customer", args=[row.customer_id])


def _filters(address: Mapping[str, str], sellers: tuple[party.EntityRow, ...]) -> Iterator[Filter]:
    yield Filter("q", _("Customer or number"))
    named = {code: status.label for code, status in deposit_words.STATES.items()}
    yield Filter("state", _("State"), (("held", _("With money held")), *named.items()))
    if len(sellers) > 1:
        yield Filter("entity", _("Legal entity"), tuple((each.code, each.name) for each in sellers))
    for name, (_prefix, label, choice) in NARROWED.items():
        if reference := address.get(name):
            yield Filter(name, label, ((reference, choice),))


def _wanted(asked: Asked, sellers: tuple[party.EntityRow, ...]) -> Wanted:
    state = asked.text("state")
    keys = {
        name: key_of(prefix, asked.text(name)) if asked.text(name) else None
        for name, (prefix, *_words) in NARROWED.items()
    }
    return Wanted(
        text=asked.text("q"),
        state="" if state == "held" else state,
        only_held=state == "held",
        entity_id=next((each.id for each in sellers if each.code == asked.text("entity")), None),
        customer_id=keys["customer"],
        account_id=keys["account"],
        subscription_id=keys["contract"],
        template_id=keys["template"],
    )


def listed(**narrowed: int) -> str:
    """The address of the list, narrowed to the deposits of one row of `NARROWED`."""
    ((name, key),) = narrowed.items()
    return f"{reverse('desk:deposits')}?{name}={public_id(NARROWED[name][0], key)}"


def to_ask(scope: Scope, **of: int) -> str:
    """Where a deposit is asked for of an account or for a contract, for who may."""
    ((name, key),) = of.items()
    address = f"{reverse('desk:new_deposit')}?{name}={public_id(NARROWED[name][0], key)}"
    return address if scope.may("manage_deposits") else ""


routes = [
    Route(
        "deposits",
        "deposits",
        deposits,
        menu=Menu(Section.COLLECT, gettext_lazy("Security deposits")),
        table=_table,
    ),
    Route("deposits/new", "new_deposit", new_deposit, "manage_deposits", FORM),
    Route("deposits/<dep:deposit_id>", "deposit", deposit),
]
