"""Which accounts a run bills, in words."""

from typing import Final

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from encaisse.billing.queries.runs import Chosen
from encaisse.kernel.references import public_id
from encaisse.ui import words
from encaisse.ui.shapes import Fact, Words

TERMS: Final[dict[str, Words]] = {
    "on_receipt": gettext_lazy("On receipt"),
    "net_days": gettext_lazy("Days from the invoice"),
    "end_of_month": gettext_lazy("End of month"),
    "end_of_month_on_day": gettext_lazy("End of month, on a fixed day"),
    "instalments": gettext_lazy("In instalments"),
}


def named(names: tuple[str, str]) -> str:
    """The name in the reader's language, of a pair (French, English)."""
    return names[0] if (get_language() or "").startswith("fr") else names[1]


def facts(chosen: Chosen) -> tuple[Fact, ...]:
    """What narrows a run, one fact each; one that says so when nothing does."""
    said = (
        (_("Legal entity"), chosen.entity),
        (_("Billing cycle"), named(chosen.cycle) if chosen.cycle else ""),
        (_("Customer"), chosen.customer),
        (_("Billing account"), chosen.account),
        (_("Group"), chosen.group),
        (_("Representative"), chosen.rep),
        (_("Hold the offer"), named(chosen.offer) if chosen.offer else ""),
        (_("Pay by"), words.PAYMENT_METHODS.get(chosen.payment_method, "")),
        (_("Terms"), TERMS.get(chosen.terms_kind, "")),
        (_("Currency"), chosen.currency),
        (_("Country"), words.country(chosen.country) if chosen.country else ""),
    )
    found = [Fact(label, value) for label, value in said if value]
    if chosen.exceptions_of:
        reference = public_id("run", chosen.exceptions_of)
        address = reverse("desk:run", args=[chosen.exceptions_of])
        found.append(Fact(_("Set aside by"), reference, address))
    return tuple(found) or (Fact(_("Accounts"), _("Every account")),)


def phrase(chosen: Chosen) -> str:
    """The same in one line, for a list."""
    return " · ".join(str(fact.value) for fact in facts(chosen))
