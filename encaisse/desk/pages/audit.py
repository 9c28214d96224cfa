"""The audit log: who did what, when, to what. It only grows, and nobody edits it."""

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import audit_words
from encaisse.desk.lists import files, lines
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.insight.queries import audit as queries
from encaisse.insight.queries.audit import Entry, Wanted
from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import key_of
from encaisse.kernel.scope import Scope
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Table
from encaisse.ui.shapes import Status


def audit(request: ScopedRequest) -> HttpResponse:
    """What was done, newest first, as the address narrows it."""
    return render(request, "desk/audit.html", {"table": _listed(request.scope, request.GET)})


def _listed(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    listing = Listing(_columns(), _filters(scope))
    asked = listing.asked(address, size)
    after = int(asked.page.after) if asked.page.after.isdigit() else None
    found = queries.entries(scope, _wanted(asked), after=after, size=asked.page.size)
    return listing.table(
        asked,
        found.rows,
        name="audit",
        caption=_("Audit log"),
        empty=Empty(_("Nothing was done yet"), _("Every act leaves a line here, and no line ever goes.")),
        next_after=str(found.rows[-1].id) if found.more else "",
        export_url=files("audit", asked),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column("at", _("When"), Kind.INSTANT),
        Column("actor", _("Who"), show=audit_words.actor),
        Column("topic", _("What"), Kind.STATUS, show=_act),
        Column("kind", _("To what"), show=audit_words.row, link=audit_words.page),
        Column("facts", _("Details"), show=lambda entry: lines(audit_words.details(entry))),
    )


def _act(entry: Entry) -> Status:
    return Status(audit_words.act(entry), audit_words.tone(entry))


def _filters(scope: Scope) -> tuple[Filter, ...]:
    users = tuple((f"user:{key}", name) for key, name in queries.people(scope))
    others = tuple(audit_words.ACTORS.items())
    acts = tuple((name, label) for name, (label, _topics) in audit_words.GATHERED.items())
    return (
        Filter("q", _("Words or reference")),
        Filter("who", _("Who"), (*users, *others)),
        Filter("acts", _("What"), acts),
        Filter("kind", _("To what"), tuple(audit_words.KINDS.items())),
        Filter("since", _("From"), kind=Kind.DATE),
        Filter("until", _("To"), kind=Kind.DATE),
    )


def _wanted(asked: Asked) -> Wanted:
    typed = asked.text("q")
    kind, row_id = _referred(typed)
    return Wanted(
        actor=asked.text("who"),
        topics=audit_words.topics(asked.text("acts")),
        kind=kind or asked.text("kind"),
        row_id=row_id,
        words="" if kind else typed,
        since=_midnight(asked.date("since")),
        until=_midnight(asked.date("until"), days=1),
    )


def _referred(typed: str) -> tuple[str, int | None]:
    """The row that a reference such as `inv_7k2m9q0d4w` names, when one was typed."""
    for kind, (prefix, _page) in audit_words.PAGES.items():
        if typed.startswith(f"{prefix}_"):
            try:
                return kind, key_of(prefix, typed)
            except NotFound:
                break
    return "", None


def _midnight(day: dt.date | None, *, days: int = 0) -> dt.datetime | None:
    zone = ZoneInfo(settings.READER_TIME_ZONE)
    return dt.datetime.combine(day + dt.timedelta(days), dt.time(), zone) if day else None


routes = [
    Route(
        "audit",
        "audit",
        audit,
        "read_audit",
        menu=Menu(Section.FOLLOW, gettext_lazy("Audit log")),
        table=_listed,
    ),
]
