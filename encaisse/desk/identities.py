"""The form of a legal identity, whoever it is of."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from encaisse.desk.forms import Form
from encaisse.party.errors import CountryUnknown
from encaisse.party.rules.identities import IdentityFacts
from encaisse.party.rules.nations import FIELDS, nation
from encaisse.party.rules.places import parse_country
from encaisse.ui import words


class IdentityForm(Form):
    """Who somebody is in law."""

    offered: tuple[str, ...] = ()

    name = forms.CharField(label=gettext_lazy("Legal name"), max_length=200)
    legal_form = forms.CharField(
        label=gettext_lazy("Legal form"),
        help_text=gettext_lazy("Such as SAS."),
        max_length=100,
        required=False,
    )
    siren = forms.CharField(label=gettext_lazy("SIREN"), max_length=20, required=False)
    siret = forms.CharField(label=gettext_lazy("SIRET"), max_length=30, required=False)
    vat_number = forms.CharField(label=gettext_lazy("VAT number"), max_length=30, required=False)
    ice = forms.CharField(
        label="ICE",
        help_text=gettext_lazy(
            "Of a Moroccan business: fifteen digits, the last two of which check the others."
        ),
        max_length=30,
        required=False,
    )
    fiscal_number = forms.CharField(
        label=gettext_lazy("Number at the tax office"),
        help_text=gettext_lazy("IF in Morocco, NINEA in Senegal, NCC in Côte d’Ivoire."),
        max_length=30,
        required=False,
    )
    professional_tax = forms.CharField(label=gettext_lazy("TP"), max_length=30, required=False)
    social_security = forms.CharField(label=gettext_lazy("CNSS"), max_length=30, required=False)
    address_1 = forms.CharField(label=gettext_lazy("Address"), max_length=200)
    address_2 = forms.CharField(label=gettext_lazy("Rest of the address"), max_length=200, required=False)
    postcode = forms.CharField(label=gettext_lazy("Postcode"), max_length=20, required=False)
    city = forms.CharField(label=gettext_lazy("Town"), max_length=200)
    country = forms.CharField(label=gettext_lazy("Country"), max_length=100)
    email = forms.CharField(label=gettext_lazy("E-mail"), max_length=200, required=False)
    phone = forms.CharField(label=gettext_lazy("Telephone"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Numbers that the country does not give are not asked for, unless they are `offered` while it may change."""
        super().__init__(*args, **kwargs)
        begun = self.initial.get("country", "")
        given = {each.field: each.label for each in nation(_code(begun)).identifiers}
        for field in FIELDS:
            if field in given:
                self.fields[field].label = given[field]
            elif not self.initial.get(field) and field not in self.offered:
                del self.fields[field]

    def identity(self, before: IdentityFacts, **told: Any) -> IdentityFacts:
        """What was typed, beside what the form does not ask."""
        return before._replace(**{name: told[name] for name in told if name in IdentityFacts._fields})


class BuyerForm(IdentityForm):
    """Who a buyer is in law; a person has no SIREN and pays taxes like one."""

    is_business = forms.BooleanField(
        label=gettext_lazy("A business, not a person"),
        help_text=gettext_lazy("A person owes no recovery indemnity, and is invoiced like a consumer."),
        required=False,
    )


def _code(country: str) -> str:
    try:
        return parse_country(country)
    except CountryUnknown:
        return ""


def said(identity: IdentityFacts) -> dict[str, Any]:
    """The identity as its form begins."""
    return identity._asdict() | {"country": words.country(identity.country)}
