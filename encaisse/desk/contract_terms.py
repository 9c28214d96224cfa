"""What is held of an offer, as every form about contracts asks for it."""

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.catalog import queries as catalog
from encaisse.desk.fields import AmountField
from encaisse.desk.selections import named
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.subscription.rules.changes import Terms

EVERY: Final = Window(size=10_000)


class TermsForm(forms.Form):
    """What is held of an offer."""

    offer_id = forms.TypedChoiceField(label=gettext_lazy("Offer"), coerce=int)
    quantity = AmountField(
        label=gettext_lazy("Quantity"), max_digits=14, decimal_places=6, min_value=Decimal("0.000001")
    )
    unit_price = AmountField(
        label=gettext_lazy("Agreed unit price, else the list's"),
        max_digits=14,
        decimal_places=6,
        min_value=Decimal(0),
        required=False,
    )
    discount_percent = AmountField(
        label=gettext_lazy("Discount in %"), min_value=Decimal(0), max_value=Decimal(100), required=False
    )
    discount_amount = AmountField(
        label=gettext_lazy("Or an amount off each period"),
        max_digits=14,
        decimal_places=6,
        min_value=Decimal("0.000001"),
        required=False,
    )
    discount_reason = forms.CharField(
        label=gettext_lazy("Reason of the discount"), max_length=100, required=False
    )

    def clean(self) -> dict[str, Any]:
        """A discount is a percentage or an amount."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("discount_percent") and said.get("discount_amount"):
            self.add_error("discount_amount", _("Give a percentage or an amount, not both."))
        return said

    def offer_choices(self, scope: Scope) -> None:
        """Every offer may be chosen; whether it is still sold that day is for the contract to say."""
        offers = [
            (row.id, f"{named((row.name_fr, row.name_en))} ({row.code})")
            for row in catalog.offers(scope, window=EVERY).rows
        ]
        self.fields["offer_id"].choices = [("", "–"), *offers]  # type: ignore[attr-defined]

    def terms(self) -> Terms:
        """The terms as they were filled in."""
        said = {name: self.cleaned_data[name] for name in Terms._fields}
        return Terms(**said | {"discount_percent": said["discount_percent"] or Decimal(0)})
