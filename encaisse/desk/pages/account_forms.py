"""What can be changed of a billing account: what is agreed with the buyer, and who the buyer is in law."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.buyer_references import ReferencesForm
from encaisse.desk.forms import Form
from encaisse.desk.identities import BuyerForm, said
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.kernel.errors import DomainError
from encaisse.party import queries as party
from encaisse.party.operations.accounts import Agreed, change_account, identify_account
from encaisse.party.queries import AccountDetail
from encaisse.party.rules.identifiers import parse_email
from encaisse.party.rules.references import References, RequiredReference
from encaisse.party.rules.terms import PaymentMethod, PaymentTerms
from encaisse.party.rules.terms_text import parse_payment_terms
from encaisse.ui import words
from encaisse.ui.shapes import Crumb


class AgreedForm(ReferencesForm):
    """Terms, references and recipients."""

    field_order: tuple[str, ...] = (
        "terms",
        "payment_method",
        "iban",
        *References._fields,
        "requires_reference",
    )

    terms = forms.CharField(
        label=gettext_lazy("Payment terms"),
        help_text=gettext_lazy(
            "In words: on receipt, 30 days, 45 days end of month, 30 days end of month on the 10th, or"
            " instalments such as 30 % on receipt, balance at 30 days. French businesses agree on 60 days or"
            " 45 days end of month at most."
        ),
        max_length=400,
    )
    payment_method = forms.ChoiceField(
        label=gettext_lazy("Pays by"), choices=[*words.PAYMENT_METHODS.items()]
    )
    iban = forms.CharField(
        label=gettext_lazy("IBAN"),
        help_text=gettext_lazy("The buyer's, for direct debits."),
        max_length=50,
        required=False,
    )
    requires_reference = forms.ChoiceField(
        label=gettext_lazy("Required reference"),
        help_text=gettext_lazy("Without it, the account is an exception of the billing run."),
        choices=[*words.REQUIRED_REFERENCES.items()],
        required=False,
    )
    recipients = forms.CharField(
        label=gettext_lazy("Documents go to"),
        help_text=gettext_lazy("One e-mail address a line."),
        max_length=2_000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("That of the customer, for all its accounts."),
        choices=[*words.LANGUAGES.items()],
    )

    def clean_terms(self) -> PaymentTerms:
        """The terms that the words mean."""
        try:
            return parse_payment_terms(self.cleaned_data["terms"])
        except DomainError as error:
            raise forms.ValidationError(words.refusal(error)) from None

    def clean_recipients(self) -> tuple[str, ...]:
        """The addresses, without blank lines."""
        lines = (line.strip() for line in self.cleaned_data["recipients"].splitlines())
        try:
            return tuple(parse_email(line) for line in lines if line)
        except DomainError as error:
            raise forms.ValidationError(words.refusal(error)) from None


def edit_account(request: ScopedRequest, account_id: int) -> HttpResponse:
    """Change what is agreed; documents that are drafted or issued keep theirs."""
    found = party.account(request.scope, account_id)
    form = AgreedForm(request.POST or None, initial=_initial(found))
    if form.sent(lambda **told: change_account(account_id, agreed(**told), scope=request.scope)):
        messages.success(request, _("Saved."))
        return redirect("desk:account", account_id)
    shown = _shown(found, form, _("Terms and references")) | {"warned": found.row.exceeds_the_law}
    return render(request, "desk/account_form.html", shown)


def edit_identity(request: ScopedRequest, account_id: int) -> HttpResponse:
    """Say who the buyer is in law; issued documents keep the identity that they were made with."""
    found = party.account(request.scope, account_id)
    form = BuyerForm(request.POST or None, initial=said(found.identity))
    if form.sent(
        lambda **told: identify_account(
            account_id, form.identity(found.identity, **told), scope=request.scope
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("desk:account", account_id)
    return render(request, "desk/account_form.html", _shown(found, form, _("Legal identity")))


def agreed(*, order_reference: str, contract_reference: str, buyer_reference: str, **told: Any) -> Agreed:
    """What the form says, as the operation takes it."""
    typed = {"payment_method": PaymentMethod, "requires_reference": RequiredReference}
    told |= {name: kind(told[name]) for name, kind in typed.items()}
    return Agreed(references=References(order_reference, contract_reference, buyer_reference), **told)


def _initial(found: AccountDetail) -> dict[str, Any]:
    row = found.row
    return {
        "terms": words.terms(row.terms),
        "payment_method": row.payment_method,
        "iban": found.iban,
        "requires_reference": row.requires_reference,
        "recipients": "\n".join(address for channel, address in found.recipients if channel == "email"),
        "language": found.language,
        **row.references._asdict(),
    }


def _shown(found: AccountDetail, form: Form, title: str) -> dict[str, Any]:
    crumbs = (
        Crumb(_("Customers"), reverse("desk:customers")),
        Crumb(found.row.customer, reverse("desk:customer", args=[found.row.customer_id])),
        Crumb(found.row.reference, reverse("desk:account", args=[found.row.id])),
        Crumb(title),
    )
    return {"account": found.row, "form": form, "title": title, "crumbs": crumbs}


routes = [
    Route("accounts/<ba:account_id>/terms", "edit_account", edit_account, "edit_accounts", FORM),
    Route("accounts/<ba:account_id>/identity", "edit_identity", edit_identity, "edit_accounts", FORM),
]
