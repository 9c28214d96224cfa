"""What the last check of the books found, for those who may read the ledger."""

import datetime as dt
from typing import Final, NamedTuple

from encaisse.kernel.models import Event
from encaisse.kernel.scope import Scope

ASKED: Final = "books.asked"
CHECKED: Final = "books.checked"


class Broken(NamedTuple):
    """An invariant that did not hold, and its first rows that say where."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Check(NamedTuple):
    """One check of the books: what was checked, and what did not hold."""

    at: dt.datetime
    actor: str
    actor_kind: str
    names: tuple[str, ...]
    broken: tuple[Broken, ...]


class Books(NamedTuple):
    """The last check, if there was one, and whether another is under way."""

    check: Check | None
    under_way: bool


def books(scope: Scope) -> Books:
    """The state of the books. Raises NotPermitted."""
    scope.require("read_ledger")
    told = Event.objects.filter(kind="books").order_by("-pk")
    asked, checked = told.filter(topic=ASKED).first(), told.filter(topic=CHECKED).first()
    under_way = asked is not None and (checked is None or checked.pk < asked.pk)
    # What is broken may be anybody's: only who sees everything is told where.
    traced = scope.sees_everything
    return Books(_check(checked, traced=traced) if checked else None, under_way)


def _check(event: Event, *, traced: bool) -> Check:
    broken = tuple(
        Broken(each["name"], tuple(each["columns"]), tuple(map(tuple, each["rows"])) if traced else ())
        for each in event.facts["broken"]
    )
    return Check(event.at, event.actor_label, event.actor_kind, tuple(event.facts["names"]), broken)
