"""Customers made and changed one at a time, and the billing accounts that they open."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.fields import AmountField, DayField, typed
from encaisse.desk.forms import Form
from encaisse.desk.identities import BuyerForm
from encaisse.desk.pages.account_forms import AgreedForm, agreed
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.kernel.errors import DomainError
from encaisse.kernel.money import CURRENCIES, from_minor, to_minor
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.errors import DuplicateFound
from encaisse.party.operations.by_hand import (
    CustomerFacts,
    NewAccount,
    Person,
    change_customer,
    create_customer,
    open_account,
)
from encaisse.party.queries import CustomerDetail
from encaisse.party.rules.identifiers import parse_email
from encaisse.party.rules.identities import IdentityFacts
from encaisse.party.rules.nations import NATIONS
from encaisse.party.rules.terms import PaymentTerms, TermsKind
from encaisse.tax import queries as taxes
from encaisse.ui import formats, words
from encaisse.ui.shapes import Crumb

EDITS: Final = "edit_accounts"
CATEGORY_HELP: Final = gettext_lazy("Rules of taxes may ask for it. From the next draft on.")
# Who a buyer is before anything is said of it.
_NOBODY: Final = IdentityFacts("", "", "", "", "")


class PlaceForm(AgreedForm):
    """An account to be: its reference, its legal entity and its currency, then what is agreed."""

    field_order = ("reference", "entity", "currency", *AgreedForm.field_order)

    reference = forms.CharField(label=gettext_lazy("Reference"), max_length=50)
    entity = forms.TypedChoiceField(label=gettext_lazy("Legal entity"), coerce=int)
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), help_text=gettext_lazy("An account keeps it for ever.")
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        entities = party.legal_entities(scope)
        self.choose("entity", [(row.id, row.name) for row in entities])
        self.choose("currency", [(code, code) for code in sorted(CURRENCIES)])
        self.initial["currency"] = entities[0].currency if entities else "EUR"

    def account(self, identity: IdentityFacts | None, **told: Any) -> NewAccount:
        """The account as the operation takes it."""
        names = {*AgreedForm.base_fields}
        terms = agreed(**{name: told[name] for name in told if name in names})
        return NewAccount(told["reference"], told["entity"], told["currency"], terms, identity)


class NewCustomerForm(PlaceForm, BuyerForm):
    """A customer to be with its first account, which has the customer's reference."""

    field_order = (
        "reference",
        *BuyerForm.base_fields,
        "language",
        "rep",
        "category",
        "since_date",
        *PlaceForm.field_order,
    )

    # While nobody has said where the customer is: asked where some seller is beyond Europe.
    offered = ("ice", "fiscal_number")

    rep = forms.TypedChoiceField(
        label=gettext_lazy("Sales representative"), coerce=int, empty_value=None, required=False
    )
    category = forms.TypedChoiceField(
        label=gettext_lazy("Category"), help_text=CATEGORY_HELP, coerce=int, empty_value=None, required=False
    )
    since_date = DayField(label=gettext_lazy("Customer since"), required=False)
    is_another = forms.BooleanField(
        label=gettext_lazy("Another customer all the same"),
        help_text=gettext_lazy(
            "Only for one that was refused because it looks like a customer who is there already."
        ),
        required=False,
        widget=forms.HiddenInput,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(scope, *given, **options)
        if not {row.country for row in party.legal_entities(scope)} & NATIONS.keys():
            for field in self.offered:
                del self.fields[field]
        self.choose("rep", [("", ""), *((row.id, row.name) for row in party.reps(scope))])
        self.choose("category", _categories(scope))

    def create(self, scope: Scope, **told: Any) -> int:
        """The customer is there, with its account; one that looks like another is asked about."""
        identity = self.identity(_NOBODY, **told)
        facts = CustomerFacts(
            identity.name,
            told["language"],
            told["rep"],
            since_date=told["since_date"],
            category_id=told["category"],
        )
        account = self.account(identity, **told)
        try:
            return create_customer(scope, facts, account, is_another=told["is_another"])
        except DuplicateFound:
            self.fields["is_another"].widget = forms.CheckboxInput()
            raise


class CustomerForm(Form):
    """What is said of a customer beside its accounts."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[*words.LANGUAGES.items()])
    rep_id = forms.TypedChoiceField(
        label=gettext_lazy("Sales representative"), coerce=int, empty_value=None, required=False
    )
    credit_limit = AmountField(
        label=gettext_lazy("Credit limit"),
        help_text=gettext_lazy("In the currency of its first account. Blank: none."),
        max_digits=15,
        decimal_places=3,
        min_value=0,
        required=False,
    )
    category_id = forms.TypedChoiceField(
        label=gettext_lazy("Category"), help_text=CATEGORY_HELP, coerce=int, empty_value=None, required=False
    )
    since_date = DayField(label=gettext_lazy("Customer since"), required=False)
    contacts = forms.CharField(
        label=gettext_lazy("Contacts"),
        help_text=gettext_lazy("One a line: name; e-mail; telephone."),
        max_length=10_000,
        required=False,
        widget=forms.Textarea({"rows": 4}),
    )

    def __init__(self, scope: Scope, found: CustomerDetail, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.currency = found.credit_currency
        choices = {row.id: row.name for row in party.reps(scope)}
        if found.rep_id and found.rep:  # whoever asks may see the customer without seeing its representative
            choices.setdefault(found.rep_id, found.rep)
        self.choose("rep_id", [("", ""), *choices.items()])
        self.choose("category_id", _categories(scope))

    def clean_contacts(self) -> list[Person]:
        """The people named, a line each."""
        return [_person(line) for line in self.cleaned_data["contacts"].splitlines() if line.strip()]

    def facts(self, *, credit_limit: Any, **told: Any) -> CustomerFacts:
        """The customer as the operation takes it."""
        limit = None if credit_limit is None else to_minor(credit_limit, self.currency)
        return CustomerFacts(credit_limit_minor=limit, **told)


def new_customer(request: ScopedRequest) -> HttpResponse:
    """Make a customer with its first billing account."""
    form = NewCustomerForm(request.scope, request.POST or None, initial=_beginning())
    if form.sent(lambda **told: form.create(request.scope, **told)):
        messages.success(request, _("The customer is there. It can have a contract now."))
        return redirect("desk:customer", form.outcome)
    title = _("New customer")
    crumbs = (Crumb(_("Customers"), reverse("desk:customers")), Crumb(title))
    return _shown(request, form, title, crumbs)


def edit_customer(request: ScopedRequest, customer_id: int) -> HttpResponse:
    """Change what is said of a customer beside its accounts."""
    found = party.customer(request.scope, customer_id)
    form = CustomerForm(request.scope, found, request.POST or None, initial=_initial(found))
    if form.sent(lambda **told: change_customer(request.scope, customer_id, form.facts(**told))):
        messages.success(request, _("Saved."))
        return redirect("desk:customer", customer_id)
    return _shown(request, form, _("Change the customer"), _crumbs(found, _("Change the customer")))


def new_account(request: ScopedRequest, customer_id: int) -> HttpResponse:
    """Open another account of a customer, who is on it who the first account says."""
    found = party.customer(request.scope, customer_id)
    form = PlaceForm(request.scope, request.POST or None, initial=_beginning() | {"language": found.language})
    if form.sent(lambda **told: open_account(request.scope, customer_id, form.account(None, **told))):
        messages.success(request, _("The account is open."))
        return redirect("desk:account", form.outcome)
    return _shown(request, form, _("New billing account"), _crumbs(found, _("New billing account")))


def _shown(request: ScopedRequest, form: Form, title: str, crumbs: tuple[Crumb, ...]) -> HttpResponse:
    back = crumbs[-2].url
    return render(
        request, "desk/customer_form.html", {"form": form, "title": title, "crumbs": crumbs, "back": back}
    )


def _crumbs(found: CustomerDetail, title: str) -> tuple[Crumb, ...]:
    page = reverse("desk:customer", args=[found.id])
    return (Crumb(_("Customers"), reverse("desk:customers")), Crumb(found.name, page), Crumb(title))


def _beginning() -> dict[str, Any]:
    thirty_days = words.terms(PaymentTerms(TermsKind.NET_DAYS, 30))
    return {
        "terms": thirty_days,
        "payment_method": "transfer",
        "country": words.country("FR"),
        "is_business": True,
    }


def _initial(found: CustomerDetail) -> dict[str, Any]:
    limit = found.credit_limit_minor
    return {
        "name": found.name,
        "language": found.language,
        "rep_id": found.rep_id,
        "category_id": found.category.id if found.category else None,
        "credit_limit": "" if limit is None else typed(from_minor(limit, found.credit_currency)),
        "since_date": found.since_date,
        "contacts": "\n".join(
            "; ".join((one.name, one.email, one.phone)).rstrip("; ") for one in found.contacts
        ),
    }


def _categories(scope: Scope) -> list[tuple[Any, str]]:
    named = taxes.categories(scope)
    return [("", ""), *((row.id, row.name_fr if formats.in_french() else row.name_en) for row in named)]


def _person(line: str) -> Person:
    """Who a line names; raises what its e-mail address is refused for."""
    name, email, phone, *rest = (*(part.strip() for part in line.split(";")), "", "", "")
    if not name or any(rest[:-1]):
        raise forms.ValidationError(
            _("“%(line)s” is not a name, an e-mail and a telephone."), params={"line": line}
        )
    try:
        return Person(name, email and parse_email(email), phone)
    except DomainError as error:
        raise forms.ValidationError(words.refusal(error)) from None


routes = [
    Route("customers/new", "new_customer", new_customer, EDITS, FORM),
    Route("customers/<cus:customer_id>/change", "edit_customer", edit_customer, EDITS, FORM),
    Route("customers/<cus:customer_id>/accounts/new", "new_account", new_account, EDITS, FORM),
]
