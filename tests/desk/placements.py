"""Where each route of the desk stands in the scope test: what it shows, and of which rows."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from django.http import HttpResponse
from django.urls import reverse

from encaisse.kernel.references import key_of
from tests.desk.viewers import Viewer
from tests.desk.world import Row, World

REFERENCE: Final = re.compile(r"\b(cus|ba|sub|inv|pay|run|ent|doc)_[0-9a-z]{10}\b")
AMOUNT: Final = re.compile(r'<data class="money" value="([^"]*)"')
Sums = Callable[[World, Viewer], set[str]]


def no_sums(world: World, viewer: Viewer) -> set[str]:
    """No total to compare."""
    return set()


class Public(NamedTuple):
    """A page without rows that asks for nobody."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """It answers."""
        assert viewer.client.get(reverse(f"desk:{name}")).status_code == 200


class Personal(NamedTuple):
    """A page that shows no row of the world, whoever asks."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """It answers, and betrays nothing."""
        page = body(viewer.client.get(reverse(f"desk:{name}")))
        assert references(page) == {}
        betrays_nothing(page, world, viewer)


class Form(NamedTuple):
    """A page whose choices may name visible rows, and no others."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """It answers, and betrays nothing."""
        shows_nothing_else(body(viewer.client.get(reverse(f"desk:{name}"))), world, viewer)


class OfAUser(NamedTuple):
    """A page about a user: whoever manages users sees them all, and nothing of the world."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """The viewer's own."""
        page = body(viewer.client.get(reverse(f"desk:{name}", args=[viewer.user_id])))
        assert references(page) == {}
        betrays_nothing(page, world, viewer)


class Elsewhere(NamedTuple):
    """A button that concerns no row of the world; `test` says where it is tried."""

    test: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Nothing to compare."""


class Lists(NamedTuple):
    """A list: exactly the visible rows of `kind`, found under `search` by their texts, with its totals."""

    kind: str
    search: str = "q"
    sums: Sums = no_sums

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """The list as it opens, then each row searched for by what betrays it."""
        address = reverse(f"desk:{name}")
        page = body(viewer.client.get(address))
        seen = {row.id for row in viewer.seen(world, self.kind)}
        assert references(page).get(self.kind, set()) == seen
        shows_nothing_else(page, world, viewer)
        shows_sums(page, world, viewer, self.sums)
        for row in world.of(self.kind) if self.search else ():
            found = body(viewer.client.get(address, {self.search: row.text}))
            assert (row.id in references(found).get(self.kind, set())) == viewer.sees(row), row
            shows_nothing_else(without(found, row.text), world, viewer)


class Opens(NamedTuple):
    """The page, or the file, of one row. A row that may not be seen is not there."""

    kind: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Every row of the kind by its address."""
        for row in world.of(self.kind):
            answer = viewer.client.get(reverse(f"desk:{name}", args=[row.id]))
            assert answer.status_code == (200 if viewer.sees(row) else 404), row
            page = without(body(answer, answer.status_code), "" if viewer.sees(row) else row.text)
            shows_nothing_else(page, world, viewer)
            assert row.text in page or not viewer.sees(row), row


class Acts(NamedTuple):
    """A button or a form of one row: on a row that may not be seen, it does nothing and is not there."""

    kind: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Press it on every row that is hidden."""
        for row in world.of(self.kind):
            if not viewer.sees(row):
                answer = viewer.client.post(reverse(f"desk:{name}", args=[row.id]))
                assert answer.status_code == 404, row


Placement = Public | Personal | Form | OfAUser | Elsewhere | Lists | Opens | Acts


def body(answer: HttpResponse, status: int = 200) -> str:
    """The page or the file as text."""
    assert answer.status_code == status, answer.status_code
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace")


def references(page: str) -> dict[str, set[int]]:
    """The rows that a page names, by kind."""
    found: dict[str, set[int]] = {}
    for match in REFERENCE.finditer(page):
        found.setdefault(match[1], set()).add(key_of(match[1], match[0]))
    return found


def shows_nothing_else(page: str, world: World, viewer: Viewer) -> None:
    """Every row that the page names may be seen, and no other is betrayed by its text."""
    for kind, keys in references(page).items():
        known = {row.id: row for row in world.of(kind)}
        hidden = [known.get(key, key) for key in keys if key not in known or not viewer.sees(known[key])]
        assert not hidden, hidden
    betrays_nothing(page, world, viewer)


def betrays_nothing(page: str, world: World, viewer: Viewer) -> None:
    """No row that may not be seen is there by its text."""
    betrayed = [row for row in world.rows if not viewer.sees(row) and row.text in page]
    assert not betrayed, betrayed


def shows_sums(page: str, world: World, viewer: Viewer, sums: Sums) -> None:
    """The totals are those of the visible rows."""
    missing = sums(world, viewer) - set(AMOUNT.findall(page))
    assert not missing, missing


def without(page: str, text: str) -> str:
    """The page without what was asked for, which it may repeat."""
    return page.replace(text, "") if text else page


def total(rows: list[Row]) -> str:
    """The sum of amounts as a page holds it for machines."""
    cents = sum(row.amount_minor for row in rows)
    return f"{cents // 100}.{cents % 100:02}"
