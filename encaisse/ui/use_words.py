"""What the faces call the rows that may use what an import brought."""

from typing import Final

from django.utils.translation import gettext_lazy

from encaisse.ui.shapes import Words

# What may use the rows that an import brought.
USES: Final[dict[str, Words]] = {
    "account": gettext_lazy("other billing accounts"),
    "api_key": gettext_lazy("API keys"),
    "change": gettext_lazy("contracts changed"),
    "charge": gettext_lazy("charges"),
    "contract": gettext_lazy("contracts"),
    "cycle": gettext_lazy("members of cycles"),
    "discount": gettext_lazy("discounts"),
    "end": gettext_lazy("contracts ended"),
    "invoice": gettext_lazy("invoices"),
    "payment": gettext_lazy("payments"),
    "price": gettext_lazy("own prices"),
    "run": gettext_lazy("runs"),
    "usage": gettext_lazy("events of usage"),
}
