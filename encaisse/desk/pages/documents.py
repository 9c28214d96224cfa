"""Documents to look at: those that could not be made or examined, and what the official rules say of the others."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.desk.lists import lines, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Menu, Route, Section
from encaisse.document.checking import Assert
from encaisse.document.queries import checks
from encaisse.document.queries.checks import Alarms, DocumentRow
from encaisse.flows.make_documents import make_again_later, make_all_again_later
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing
from encaisse.ui.shapes import Fact, Figure, Status, Tone, Value, Words

NOT_MADE, UNREAD, FAILED, PASSED = "not_made", "unread", "failed", "passed"
STATES: Final[dict[str, Words]] = {
    FAILED: gettext_lazy("Break a rule"),
    UNREAD: gettext_lazy("Could not be examined"),
    PASSED: gettext_lazy("Keep every rule"),
}
READS: Final[dict[str, Callable[[Scope, Window], Found[DocumentRow]]]] = {
    NOT_MADE: checks.not_made,
    UNREAD: checks.unread,
    FAILED: lambda scope, asked: checks.examined(scope, FAILED, asked),
    PASSED: lambda scope, asked: checks.examined(scope, PASSED, asked),
}


def documents(request: ScopedRequest) -> HttpResponse:
    """One kind of them at a time, with why."""
    listing = Listing(_columns(), (Filter("state", _("State"), tuple(STATES.items()), unasked=_could_not()),))
    asked = listing.asked(request.GET)
    state = asked.text("state") or NOT_MADE
    found = READS[state](request.scope, window(asked))
    waiting = checks.alarms(request.scope)
    shown = {
        "table": listing.table(
            asked,
            found.rows,
            total=found.total,
            name="documents",
            caption=_("Documents"),
            empty=_empty(state),
        ),
        "figures": _figures(waiting),
        "may_try": bool(waiting.not_made or waiting.unread) and request.scope.may("issue"),
    }
    return render(request, "desk/documents.html", shown)


def try_all(request: ScopedRequest) -> HttpResponse:
    """Let workers try everything again that could not be made or examined."""
    count = make_all_again_later(request.scope)
    told = ngettext("%(count)s document is tried again.", "%(count)s documents are tried again.", count)
    messages.success(request, told % {"count": formats.number(count)})
    return redirect("desk:documents")


def try_one(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Let a worker try one document again."""
    make_again_later(request.scope, invoice_id)
    messages.success(request, _("It is tried again in the background."))
    return redirect("desk:invoice", invoice_id)


def alarm_facts(scope: Scope) -> tuple[Fact, ...]:
    """What the dashboard says of documents: nothing as long as all is well."""
    found = checks.alarms(scope)
    told = ((NOT_MADE, found.not_made), (FAILED, found.failed), (UNREAD, found.unread))
    return tuple(
        Fact(STATES.get(state, _could_not()), Status(_number(count), Tone.BAD), _list(state))
        for state, count in told
        if count
    )


def broken(asserts: Iterable[Sequence[str]]) -> list[Assert]:
    """Those of the asserts kept that are no mere warning."""
    return [each for each in (Assert(*told) for told in asserts) if each.breaks]


def verdict(asserts: Iterable[Sequence[str]]) -> Status:
    """What the rules say of a document in two words."""
    if wrong := len(broken(asserts)):
        said = ngettext("Breaks %(count)s rule", "Breaks %(count)s rules", wrong)
        return Status(said % {"count": wrong}, Tone.BAD)
    return Status(_("Keeps every rule"), Tone.GOOD)


def _could_not() -> Words:
    return _("Could not be made")


def _list(state: str) -> str:
    return reverse("desk:documents") + ("" if state == NOT_MADE else f"?state={state}")


def _number(count: int) -> str:
    # Beyond what is counted, more is all that one needs to know.
    return f"{formats.number(count)}{'+' if count >= checks.COUNTED else ''}"


def _figures(found: Alarms) -> tuple[Figure, ...]:
    return (
        _figure(_could_not(), found.not_made, NOT_MADE),
        _figure(STATES[FAILED], found.failed, FAILED),
        _figure(STATES[UNREAD], found.unread, UNREAD),
    )


def _figure(label: Words, count: int, state: str) -> Figure:
    note = _("to be looked at") if count else _("nothing to do")
    return Figure(label, _number(count), _list(state), note, Tone.BAD if count else Tone.GOOD)


def _columns() -> tuple[Column, ...]:
    return (
        Column(
            "number", _("Number"), Kind.CODE, link=lambda row: reverse("desk:invoice", args=[row.invoice_id])
        ),
        Column("customer", _("Customer"), link=lambda row: reverse("desk:customer", args=[row.customer_id])),
        Column("issue_date", _("Issued on"), Kind.DATE),
        Column("at", _("Seen on"), Kind.DATE),
        Column("said", _("What was seen"), show=_said),
    )


def _said(row: DocumentRow) -> Value:
    if row.code:
        return words.reason(row.code, row.facts)
    return lines(f"{each.rule} – {each.text}" for each in row.asserts) or _("Keeps every rule")


def _empty(state: str) -> Empty:
    if state == PASSED:
        return Empty(
            _("No document was examined yet"),
            _("Workers put every document to the official rules once it is made; each verdict stands here."),
        )
    return Empty(
        _("Nothing to look at"),
        _(
            "A document that cannot be made, or breaks a rule of the electronic invoice, stands here with the reason."
        ),
    )


routes = [
    Route("documents", "documents", documents, menu=Menu(Section.SEND, gettext_lazy("Documents"))),
    Route("documents/try", "try_documents", try_all, "issue", BUTTON),
    Route("invoices/<inv:invoice_id>/document/try", "try_document", try_one, "issue", BUTTON),
]
