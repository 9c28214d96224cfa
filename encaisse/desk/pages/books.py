"""The books: every invariant in plain words, and whether it held when it was last checked."""

from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRefresh

from encaisse.desk.invariants import SENTENCES
from encaisse.desk.pages.documents import alarm_facts
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Menu, Route, Section
from encaisse.flows.tasks import check_books_later
from encaisse.insight.queries.books import Books, Broken, Check, books
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Status, Step, Tone, Words


class Statement(NamedTuple):
    """One invariant as the page shows it."""

    sentence: Words
    state: Status
    trace: str


def proofs(request: ScopedRequest) -> HttpResponse:
    """Each invariant and whether it held."""
    found = books(request.scope)
    shown = {
        "check": found.check,
        "state": verdict(found),
        "steps": _steps(),
        "poll": reverse("desk:books_progress") if found.under_way else "",
        "alarms": alarm_facts(request.scope),
        "table": _table(_statements(found.check) if found.check else []),
    }
    return render(request, "desk/books.html", shown)


def progress(request: ScopedRequest) -> HttpResponse:
    """Asked again and again while a check is under way."""
    if not books(request.scope).under_way:
        return HttpResponseClientRefresh()
    poll = reverse("desk:books_progress")
    return render(request, "desk/run_progress.html", {"steps": _steps(), "poll": poll})


def check(request: ScopedRequest) -> HttpResponse:
    """Let a worker check everything."""
    check_books_later(request.scope)
    return redirect("desk:books")


def verdict(found: Books) -> Status:
    """The state of the books in two words."""
    if found.check is None:
        return Status(_("Never checked"), Tone.DRAFT)
    return Status(_("Broken"), Tone.BAD) if found.check.broken else Status(_("In order"), Tone.GOOD)


def _table(rows: list[Statement]) -> Table:
    columns = (
        Column("sentence", _("What must be true")),
        Column("state", _("State"), Kind.STATUS),
        Column("trace", _("Where it is not")),
    )
    empty = Empty(
        _("The books were never checked"),
        _("A check reads every entry and every document; it changes nothing."),
    )
    return Table(columns, rows, name="proofs", caption=_("Proofs"), empty=empty)


def _steps() -> tuple[Step, ...]:
    return (Step(_("Checking every entry and every document"), Tone.ACTIVE),)


def _statements(check: Check) -> list[Statement]:
    broken = {each.name: each for each in check.broken}
    rows = [_statement(name, broken.get(name)) for name in check.names]
    return sorted(rows, key=lambda row: row.state.tone is not Tone.BAD)


def _statement(name: str, broken: Broken | None) -> Statement:
    state = Status(_("Does not hold"), Tone.BAD) if broken else Status(_("Holds"), Tone.GOOD)
    return Statement(SENTENCES.get(name, name), state, _trace(broken) if broken else "")


def _trace(broken: Broken) -> str:
    pairs = (zip(broken.columns, row, strict=True) for row in broken.rows)
    return " ; ".join(", ".join(f"{name} {value}" for name, value in row) for row in pairs)


routes = [
    Route("books", "books", proofs, "read_ledger", menu=Menu(Section.ACCOUNTS, gettext_lazy("Proofs"))),
    Route("books/progress", "books_progress", progress, "read_ledger"),
    Route("books/check", "check_books", check, "read_ledger", BUTTON),
]
