"""What must be said of acts on several rows of a list, as forms."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.billing.queries import cycles
from encaisse.catalog.queries import offer_names
from encaisse.desk.fields import today
from encaisse.desk.forms import Form
from encaisse.kernel.errors import DomainError
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.rules.terms_text import parse_payment_terms
from encaisse.tag import queries as tags
from encaisse.tag.rules import LONGEST
from encaisse.ui import formats, words
from encaisse.ui.fields import DayField, ExactField


class Said(Form):
    """What must be said of an act, as plain values that its job keeps. Most acts ask for nothing."""

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.scope = scope

    def facts(self) -> dict[str, Any]:
        """The fields as text and numbers; what was left empty is left out."""
        return {name: _plain(value) for name, value in self.cleaned_data.items() if value not in (None, "")}


class FollowForm(Said):
    """Who follows them."""

    rep_id = forms.TypedChoiceField(label=gettext_lazy("Sales representative"), coerce=int)

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(scope, *given, **options)
        choices = [(row.id, f"{row.name} ({row.code})") for row in party.reps(scope)]
        self.fields["rep_id"].choices = choices  # type: ignore[attr-defined]


class TermsForm(Said):
    """The terms, in words."""

    terms = forms.CharField(
        label=gettext_lazy("Payment terms"),
        help_text=gettext_lazy("In words: on receipt, 30 days, 45 days end of month, or instalments."),
        max_length=400,
    )

    def clean_terms(self) -> str:
        """Words that mean something."""
        try:
            parse_payment_terms(self.cleaned_data["terms"])
        except DomainError as error:
            raise forms.ValidationError(words.refusal(error)) from None
        return str(self.cleaned_data["terms"])


class CycleForm(Said):
    """Which cycle."""

    cycle_id = forms.TypedChoiceField(label=gettext_lazy("Billing cycle"), coerce=int)

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(scope, *given, **options)
        named = [
            (row.id, row.name_fr if formats.in_french() else row.name_en) for row in cycles.cycles(scope)
        ]
        self.fields["cycle_id"].choices = named  # type: ignore[attr-defined]


class DiscountForm(Said):
    """How much, why and when."""

    percent = ExactField(label=gettext_lazy("Percentage"), places=4, least=None)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It is printed on each document."),
        max_length=200,
    )
    since = DayField(label=gettext_lazy("From the invoices of"))
    until = DayField(label=gettext_lazy("Until, exclusive"), required=False)


class TerminateForm(Said):
    """Their last day."""

    on = DayField(label=gettext_lazy("Last day"))
    refund = forms.BooleanField(
        label=gettext_lazy("Give back what was billed beyond that day"), required=False, initial=True
    )


class FileForm(Said):
    """Nothing is asked: the file is called after the list and the day."""

    def facts(self) -> dict[str, Any]:
        """What its job keeps."""
        name = slugify(_("Invoices"))
        return {"name": f"{name}-{today(self.scope).isoformat()}"}


class RiseForm(Said):
    """By how much, or to what, and from when."""

    offer_id = forms.TypedChoiceField(
        label=gettext_lazy("Offer"),
        help_text=gettext_lazy("None chosen, every price of each contract rises."),
        coerce=int,
        empty_value=None,
        required=False,
    )
    percent = ExactField(
        label=gettext_lazy("Percentage"),
        help_text=gettext_lazy("Such as 3.5; negative, prices fall."),
        places=4,
        least=Decimal(-99),
        required=False,
    )
    unit_price = ExactField(
        label=gettext_lazy("Or a new unit price"),
        help_text=gettext_lazy("The same for each contract, without VAT; it needs an offer."),
        places=6,
        least=Decimal(0),
        required=False,
    )
    on = DayField(label=gettext_lazy("From this day on"))
    at_once = forms.BooleanField(
        label=gettext_lazy("The customers agreed to a shorter notice"), required=False
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(scope, *given, **options)
        named = [
            (row.id, f"{row.name_fr if formats.in_french() else row.name_en} ({row.code})")
            for row in offer_names(scope)
        ]
        self.fields["offer_id"].choices = [("", _("Every offer held")), *named]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """One or the other, and a price is of one offer."""
        said = super().clean() or self.cleaned_data
        if "percent" in said and "unit_price" in said:
            if (said["percent"] in (None, 0)) == (said["unit_price"] is None):
                self.add_error("percent", _("Say a percentage or a price, one of the two."))
            elif said["unit_price"] is not None and not said.get("offer_id"):
                self.add_error("offer_id", _("A new price is that of one offer: choose it."))
        return said


class CreditForm(Said):
    """Why, on every credit note."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("It is printed on each credit note."),
        max_length=200,
    )


class TagForm(Said):
    """Which tag: one in use, or another word."""

    tag = forms.CharField(
        label=gettext_lazy("Tag"),
        help_text=gettext_lazy("A word or a few by which these documents are found again."),
        max_length=LONGEST,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(scope, *given, **options)
        if names := tags.in_use(scope):
            known = _("In use so far: %(names)s. Another word makes another tag.") % {
                "names": ", ".join(names)
            }
            self.fields["tag"].help_text = known


class UntagForm(Said):
    """Which of the tags in use."""

    tag = forms.ChoiceField(label=gettext_lazy("Tag"))

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(scope, *given, **options)
        self.fields["tag"].choices = [(name, name) for name in tags.in_use(scope)]  # type: ignore[attr-defined]


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int) else str(value)
