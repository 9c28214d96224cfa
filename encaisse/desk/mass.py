"""What each list offers to do to several of its rows: the words, and what must be said for it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.billing.queries import cycles
from encaisse.catalog.queries import offer_names
from encaisse.desk.fields import today
from encaisse.desk.forms import Form
from encaisse.flows.mass_actions import PDF, ZIP, may
from encaisse.kernel.errors import DomainError, NotFound
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.rules.terms_text import parse_payment_terms
from encaisse.ui import formats, words
from encaisse.ui.fields import DayField, ExactField
from encaisse.ui.lists import Table
from encaisse.ui.shapes import Choice, MassBar, Words


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


class Offered(NamedTuple):
    """One act of a list: its label, what it does to the rows in a sentence, and what must be said."""

    label: Words
    does: Words
    form: Callable[..., Said] = Said
    rehearsed: bool = False


class OfList(NamedTuple):
    """What a list offers, and the prefix of its rows' references."""

    prefix: str
    acts: Mapping[str, Offered]


LISTS: Final[Mapping[str, OfList]] = {
    "quarantine": OfList("inv", {
        "quarantine.release": Offered(
            gettext_lazy("Release"),
            gettext_lazy("Each document is issued today and takes the next number; its due date follows."),
        ),
        "quarantine.reopen": Offered(
            gettext_lazy("Refuse, and bill later"),
            gettext_lazy("Each document is cancelled; its charges are billed by a later run."),
        ),
        "quarantine.drop": Offered(
            gettext_lazy("Refuse, and never bill"),
            gettext_lazy("Each document is cancelled, and its charges are never billed."),
        ),
    }),
    "invoices": OfList("inv", {
        ZIP: Offered(
            gettext_lazy("Download as one ZIP"),
            gettext_lazy("The document of each goes into one file, under its number. What has none is told."),
            FileForm,
        ),
        PDF: Offered(
            gettext_lazy("Download as one PDF"),
            gettext_lazy("The pages of each document follow one another in one file. What has none is told."),
            FileForm,
        ),
        "invoices.approve": Offered(
            gettext_lazy("Approve"),
            gettext_lazy("Each draft that a rule caught is issued with its run, which is in review."),
        ),
        "invoices.issue": Offered(
            gettext_lazy("Issue drafts by hand"),
            gettext_lazy("Each approved draft by hand takes its number and can never change again."),
        ),
        "invoices.send": Offered(
            gettext_lazy("Send"),
            gettext_lazy("Each issued document that was sent to nobody leaves for the readers of its account."),
        ),
        "invoices.send_again": Offered(
            gettext_lazy("Send again what failed"),
            gettext_lazy("What could not be delivered of each document is queued again."),
        ),
        "invoices.exclude": Offered(
            gettext_lazy("Take the drafts out of their run"),
            gettext_lazy("Each draft is cancelled; its charges are open again, and its account can be tried again."),
        ),
    }),
    "payments": OfList("pay", {
        "payments.allocate": Offered(
            gettext_lazy("Lay on the oldest invoices"),
            gettext_lazy("What is left of each payment is laid on the open invoices of its account, oldest first."),
        ),
    }),
    "customers": OfList("cus", {
        "customers.follow": Offered(
            gettext_lazy("Change the sales representative"),
            gettext_lazy("Each customer is followed by somebody else from now on, who then sees it."),
            FollowForm,
        ),
    }),
    "accounts": OfList("ba", {
        "accounts.terms": Offered(
            gettext_lazy("Change the payment terms"),
            gettext_lazy("From its next draft on, each account pays on other terms; what is issued keeps its own."),
            TermsForm,
        ),
        "accounts.join_cycle": Offered(
            gettext_lazy("Bill in a cycle"),
            gettext_lazy("Each account is billed in this cycle, and in no other."),
            CycleForm,
        ),
        "accounts.discount": Offered(
            gettext_lazy("Grant a discount"),
            gettext_lazy("So much is taken off each later invoice of each account."),
            DiscountForm,
        ),
    }),
    "contracts": OfList("sub", {
        "contracts.raise_prices": Offered(
            gettext_lazy("Raise the prices"),
            gettext_lazy(
                "Each contract costs more from that day on, told as long before as its notice asks. What was billed in"
                " advance at the old price is credited and billed anew; what was billed before that day stays."
            ),
            RiseForm,
            rehearsed=True,
        ),
        "contracts.terminate": Offered(
            gettext_lazy("Terminate"),
            gettext_lazy("Each contract ends after that day, for good."),
            TerminateForm,
        ),
    }),
    "users": OfList("usr", {
        "users.deactivate": Offered(
            gettext_lazy("Deactivate"),
            gettext_lazy("Each of these people can do nothing any more, from now on."),
        ),
    }),
}  # fmt: skip


def offered(scope: Scope, name: str) -> dict[str, Offered]:
    """What this person may do to rows of this list."""
    acts = LISTS[name].acts if name in LISTS else {}
    return {code: act for code, act in acts.items() if may(scope, code)}


def act_of(scope: Scope, name: str, code: str) -> Offered:
    """One of them. Raises NotFound."""
    act = offered(scope, name).get(code)
    if act is None:
        raise NotFound(noun="act")
    return act


def bar(scope: Scope, name: str, url: str, table: Table) -> MassBar | None:
    """The acts below a list, with the choice of all its rows; nothing when there is nothing to do."""
    acts = offered(scope, name)
    if not acts:
        return None
    return MassBar(url, tuple(Choice(code, act.label) for code, act in acts.items()), every(table.total))


def every(total: int | None) -> str:
    """The label of the choice of all rows."""
    if total is None:
        return _("Every row that the filters find")
    text = ngettext("The %(n)s row that the filters find", "All %(n)s rows that the filters find", total)
    return text % {"n": formats.number(total)}


def begun(scope: Scope) -> dict[str, Any]:
    """What forms hold at first."""
    return {"since": today(scope), "on": today(scope), "refund": True}


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int) else str(value)
