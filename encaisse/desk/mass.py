"""What each list offers to do to several of its rows: the words, and what must be said for it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from encaisse.desk.fields import today
from encaisse.desk.mass_forms import (
    CreditForm,
    CycleForm,
    DiscountForm,
    FileForm,
    FollowForm,
    RiseForm,
    Said,
    TagForm,
    TerminateForm,
    TermsForm,
    UntagForm,
)
from encaisse.flows.mass_actions import PDF, ZIP, may
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.ui import formats
from encaisse.ui.lists import Table
from encaisse.ui.shapes import Choice, MassBar, Words


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
    "deposit_proposals": OfList("dpp", {
        "deposits.approve": Offered(
            gettext_lazy("Approve"),
            gettext_lazy("What is late is paid out of each deposit, and what goes back goes back today, by transfer."),
        ),
        "deposits.decline": Offered(
            gettext_lazy("Decline"), gettext_lazy("Nothing moves, and the same is not proposed again."),
        ),
    }),
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
        "invoices.credit": Offered(
            gettext_lazy("Issue credit notes"),
            gettext_lazy(
                "All that is left of each invoice is credited today, by a credit note of its own; what is open of it is"
                " settled, and what was paid stays to be used or refunded."
            ),
            CreditForm,
            rehearsed=True,
        ),
        "invoices.tag": Offered(
            pgettext_lazy("verb", "Tag"),
            gettext_lazy("Each document is found again under a word. Customers never see it."),
            TagForm,
        ),
        "invoices.untag": Offered(
            gettext_lazy("Take a tag off"),
            gettext_lazy("Each document bears the tag no more."),
            UntagForm,
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
