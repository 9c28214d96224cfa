"""What a buyer asks to read on its documents, as every form asks for it."""

from django import forms
from django.utils.translation import gettext_lazy

from encaisse.desk.forms import Form
from encaisse.party.rules.references import LONGEST_BUYER, LONGEST_CONTRACT, LONGEST_ORDER, References


class ReferencesForm(Form):
    """The buyer's order, its contract, its own reference."""

    order_reference = forms.CharField(
        label=gettext_lazy("Purchase order"), max_length=LONGEST_ORDER, required=False
    )
    contract_reference = forms.CharField(
        label=gettext_lazy("Buyer's contract"),
        help_text=gettext_lazy("The number of the buyer's own contract or market."),
        max_length=LONGEST_CONTRACT,
        required=False,
    )
    buyer_reference = forms.CharField(
        label=gettext_lazy("Buyer reference or service code"), max_length=LONGEST_BUYER, required=False
    )

    def references(self) -> References:
        """What was typed."""
        return References(*(self.cleaned_data[name] for name in References._fields))
