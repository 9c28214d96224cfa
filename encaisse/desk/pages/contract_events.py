"""Forms for everything that can happen to a contract: each is looked at first, then confirmed."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import contract_words
from encaisse.desk.buyer_references import ReferencesForm
from encaisse.desk.contract_terms import TermsForm
from encaisse.desk.fields import AmountField, DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.desk.selections import named
from encaisse.flows.change_contract import Renew, change_contract, preview_change, refer_contract
from encaisse.insight.queries.search import account_named
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.rules.references import References
from encaisse.subscription import queries
from encaisse.subscription.queries import ContractDetail, ItemRow
from encaisse.subscription.rules.changes import (
    Change,
    Hold,
    Reprice,
    Resume,
    Suspend,
    Terminate,
    Transfer,
)
from encaisse.subscription.rules.periods import months_later
from encaisse.ui import formats
from encaisse.ui.shapes import Crumb, Words

ONE_DAY: Final = dt.timedelta(days=1)
LOOK_AHEAD: Final = 3


class EventForm(Form):
    """Something that happens to a contract from a day on."""

    on = DayField(label=gettext_lazy("From this day on"))
    title: ClassVar[Words]
    lead: ClassVar[Words]
    yes: ClassVar[Words]
    done: ClassVar[Words]

    def __init__(self, scope: Scope, page: ContractDetail, position: int | None, data: Any = None) -> None:
        super().__init__(data, initial={"on": max(today(scope), page.row.start_date)})
        self.scope, self.page, self.position = scope, page, position
        self.prepare()

    def prepare(self) -> None:
        """What the fields offer, and what they begin with, follows from the contract."""

    def told(self) -> Change | Renew:
        """What was filled in, as the change that it stands for."""
        raise NotImplementedError

    def held(self) -> ItemRow:
        """What the position holds last, the first position unless one is named. Raises NotFound."""
        open_ones = [each for each in self.page.items if each.ends_on is None]
        at = [each for each in open_ones if self.position in (None, each.position)]
        if not at:
            raise NotFound(noun="position")
        self.position = at[0].position
        return at[0]


class HoldForm(EventForm, TermsForm):
    """A position holds another quantity, offer or price."""

    title = gettext_lazy("Change what is held")
    lead = gettext_lazy("What was billed in advance of it is given back, and billed anew as it will be.")
    yes = gettext_lazy("Change the contract")
    done = gettext_lazy("The contract is changed.")
    field_order = ("on",)

    def prepare(self) -> None:
        """It begins with what is held."""
        self.offer_choices(self.scope)
        self.initial.update(self.held()._asdict(), unit_price=self.held().agreed_price)

    def told(self) -> Change:
        """The position's other terms."""
        return Hold(self.cleaned_data["on"], self.position, self.terms())


class AddForm(HoldForm):
    """Another offer is held."""

    title = gettext_lazy("Add an offer")
    lead = gettext_lazy("The offer is held with all that it includes.")
    yes = gettext_lazy("Add the offer")
    done = gettext_lazy("The offer is added.")

    def prepare(self) -> None:
        """It begins with one of it."""
        self.offer_choices(self.scope)
        self.initial["quantity"] = 1


class GiveUpForm(EventForm):
    """A position is no longer held; the rest of the contract goes on."""

    title = gettext_lazy("Give an offer up")
    lead = gettext_lazy("The rest of the contract goes on.")
    yes = gettext_lazy("Give it up")
    done = gettext_lazy("The offer is given up.")

    def prepare(self) -> None:
        """There is something to give up."""
        self.held()

    def told(self) -> Change:
        """Nothing is held there."""
        return Hold(self.cleaned_data["on"], self.position, None)


class RepriceForm(EventForm):
    """Prices rise, or fall."""

    at_once = forms.BooleanField(
        label=gettext_lazy("The customer agreed to a shorter notice"), required=False
    )
    title = gettext_lazy("Change prices")
    lead = gettext_lazy("A price left empty stays as it is.")
    yes = gettext_lazy("Change the prices")
    done = gettext_lazy("The prices are changed.")

    def prepare(self) -> None:
        """One price for each position."""
        for each in self.page.items:
            if each.ends_on is not None:
                continue
            self.fields[f"price_{each.position}"] = AmountField(
                label=_("New unit price of %(offer)s") % {"offer": named((each.name_fr, each.name_en))},
                help_text=each.unit_price is not None
                and _("Now %(price)s") % {"price": formats.price(each.unit_price, each.currency)}
                or "",
                max_digits=14,
                decimal_places=6,
                min_value=Decimal(0),
                required=False,
            )
        if not self.page.notice_days:
            del self.fields["at_once"]

    def told(self) -> Change:
        """The positions whose price was filled in."""
        said = self.cleaned_data
        prices = {
            int(name.removeprefix("price_")): value
            for name, value in said.items()
            if name.startswith("price_") and value is not None
        }
        return Reprice(said["on"], prices, at_once=said.get("at_once", False))


class SuspendForm(EventForm):
    """Nothing is held until it is resumed."""

    title = gettext_lazy("Suspend the contract")
    lead = gettext_lazy("Nothing is billed from that day on until the contract is resumed.")
    yes = gettext_lazy("Suspend")
    done = gettext_lazy("The contract is suspended.")

    def told(self) -> Change:
        """The suspension."""
        return Suspend(self.cleaned_data["on"])


class ResumeForm(EventForm):
    """What was suspended is held again."""

    title = gettext_lazy("Resume the contract")
    lead = gettext_lazy("What was held when it was suspended is held again.")
    yes = gettext_lazy("Resume")
    done = gettext_lazy("The contract is resumed.")

    def told(self) -> Change:
        """The resumption."""
        return Resume(self.cleaned_data["on"])


class TerminateForm(EventForm):
    """It is over; people say its last day."""

    on = DayField(label=gettext_lazy("Last day"))
    refund = forms.BooleanField(
        label=gettext_lazy("Give back what was billed beyond that day"), required=False, initial=True
    )
    title = gettext_lazy("Terminate the contract")
    lead = gettext_lazy("A contract that is terminated does not begin again.")
    yes = gettext_lazy("Terminate")
    done = gettext_lazy("The contract is terminated.")

    def prepare(self) -> None:
        """What was billed is given back unless said otherwise."""
        self.initial["refund"] = True

    def told(self) -> Change:
        """The end, exclusive."""
        return Terminate(self.cleaned_data["on"] + ONE_DAY, refund=self.cleaned_data["refund"])


class RenewForm(EventForm):
    """Another term."""

    months = forms.IntegerField(label=gettext_lazy("For how many months"), min_value=1, max_value=1200)
    title = gettext_lazy("Renew the contract")
    lead = gettext_lazy("What it holds goes on for another term.")
    yes = gettext_lazy("Renew")
    done = gettext_lazy("The contract is renewed.")

    def prepare(self) -> None:
        """A term follows the last: there is no day to choose."""
        del self.fields["on"]
        self.initial["months"] = self.page.term_months

    def told(self) -> Renew:
        """The renewal."""
        return Renew(self.cleaned_data["months"])


class TransferForm(EventForm):
    """Somebody else is billed."""

    account = forms.CharField(
        label=gettext_lazy("Billing account"),
        help_text=gettext_lazy("Its reference, or that of the customer."),
        max_length=100,
    )
    title = gettext_lazy("Transfer the contract to another account")
    lead = gettext_lazy("What was billed beyond that day is given back to the first account.")
    yes = gettext_lazy("Transfer the contract")
    done = gettext_lazy("The contract is transferred.")

    def clean_account(self) -> int:
        """The account named."""
        found = account_named(self.scope, self.cleaned_data["account"])
        if found is None:
            raise forms.ValidationError(_("No account or customer has this reference."))
        return party.account(self.scope, found).row.id

    def told(self) -> Change:
        """The transfer."""
        return Transfer(self.cleaned_data["on"], self.cleaned_data["account"])


def horizon(scope: Scope, *days: dt.date) -> dt.date:
    """Until when one looks ahead, exclusive: three months beyond today and these days."""
    return months_later(max(today(scope), *days), LOOK_AHEAD)


def event(form_class: type[EventForm]) -> Callable[..., HttpResponse]:
    """The page of one kind of event: the form, what it would change, and the confirmation."""

    def page(request: ScopedRequest, subscription_id: int) -> HttpResponse:
        scope = request.scope
        found = queries.contract(scope, subscription_id)
        form = form_class(scope, found, _position(request), request.POST or None)
        until = horizon(scope, found.row.start_date)
        if request.POST.get("do") == "confirm":
            if form.sent(lambda **said: change_contract(scope, subscription_id, form.told())):
                messages.success(request, str(form.done))
                return redirect("desk:contract", subscription_id)
        elif request.POST:
            form.sent(
                lambda **said: preview_change(
                    scope,
                    subscription_id,
                    form.told(),
                    horizon=max(until, horizon(scope, said.get("on", until))),
                )
            )
        shown = {
            "form": form,
            "contract": found.row,
            "position": form.position,
            "seen": form.outcome and contract_words.previewed(form.outcome, until, found.exchange),
            "crumbs": crumbs(found, form.title),
        }
        return render(request, "desk/contract_event.html", shown)

    return page


def refer(request: ScopedRequest, subscription_id: int) -> HttpResponse:
    """The buyer's references that the invoices of this contract bear."""
    found = queries.contract(request.scope, subscription_id)
    initial = dict(zip(References._fields, found.order, strict=True))
    form = ReferencesForm(request.POST or None, initial=initial)
    if form.sent(lambda **said: refer_contract(request.scope, subscription_id, form.references())):
        messages.success(request, _("The references are changed."))
        return redirect("desk:contract", subscription_id)
    shown = {
        "form": form,
        "contract": found.row,
        "crumbs": crumbs(found, _("References of the buyer")),
    }
    return render(request, "desk/contract_references.html", shown)


def crumbs(found: ContractDetail, here: Words) -> tuple[Crumb, ...]:
    """The way to a page about a contract."""
    return (
        Crumb(_("Contracts"), reverse("desk:contracts")),
        Crumb(found.row.reference, reverse("desk:contract", args=[found.row.id])),
        Crumb(here),
    )


def _position(request: ScopedRequest) -> int | None:
    said = (request.POST or request.GET).get("position", "")
    return int(said) if said.isdecimal() and len(said) < 5 else None


EVENTS: Final[dict[str, type[EventForm]]] = {
    "change": HoldForm,
    "add": AddForm,
    "give_up": GiveUpForm,
    "reprice": RepriceForm,
    "suspend": SuspendForm,
    "resume": ResumeForm,
    "terminate": TerminateForm,
    "renew": RenewForm,
    "transfer": TransferForm,
}
routes = [
    *(
        Route(
            f"contracts/<sub:subscription_id>/{name.replace('_', '-')}",
            f"{name}_contract",
            event(form),
            "manage_contracts",
            FORM,
        )
        for name, form in EVENTS.items()
    ),
    Route("contracts/<sub:subscription_id>/references", "refer_contract", refer, "manage_contracts", FORM),
]
