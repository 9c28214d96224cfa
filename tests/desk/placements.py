"""Where each route of the desk stands in the scope test: what it shows, and of which rows."""

import re
from collections.abc import Callable
from io import BytesIO
from typing import Final, NamedTuple

from django.http import HttpResponse
from django.urls import reverse
from pypdfium2 import PdfDocument

from encaisse.access.models import Role
from encaisse.adapters.tabular import open_table
from encaisse.kernel.references import key_of, public_id
from encaisse.party.models import Group
from tests.desk.viewers import BOTH, Viewer
from tests.desk.world import Row, World

REFERENCE: Final = re.compile(
    r"\b(cus|ba|sub|inv|pay|run|ent|doc|imp|cyc|try|job|key|wh|msg|sch|upl|vru|dep|dpt|dmv|dpp)_[0-9a-z]{10}\b"
)
CAUGHT_BY: Final = re.compile(r'<option value="vru_[0-9a-z]{10}"')
AMOUNT: Final = re.compile(r'<data class="money" value="([^"]*)"')
Sums = Callable[[World, Viewer, Row | None], set[str]]


def no_sums(world: World, viewer: Viewer, row: Row | None) -> set[str]:
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


class OfARole(NamedTuple):
    """A page about a role: whoever manages users sees them all, and nothing of the world but legal entities."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Any of them."""
        key = Role.objects.values_list("pk", flat=True)[0]
        page = body(viewer.client.get(reverse(f"desk:{name}", args=[key])))
        assert references(page) == {}
        betrays_nothing(page, world, viewer)


class Traces(NamedTuple):
    """The audit log: of everything for who sees everything, of what they did themselves for the others."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Whatever it tells of their own acts betrays nothing."""
        betrays_nothing(body(viewer.client.get(reverse(f"desk:{name}"))), world, viewer)


class OfTheTeams(NamedTuple):
    """Representatives and groups, whom whoever manages users sees all of, and no customer of theirs."""

    of_one: bool = False

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """The groups of the world."""
        keys = [Group.objects.values_list("pk", flat=True)[0]] if self.of_one else []
        page = body(viewer.client.get(reverse(f"desk:{name}", args=keys)))
        assert references(page) == {}
        betrays_nothing(page, world, viewer)


class OfTheCatalogue(NamedTuple):
    """A page of what all legal entities sell, which names visible customers at most; a form `changes` it."""

    kind: str = ""
    changes: bool = False

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """It opens, a form for those alone who see everything; an offer names each visible customer's price."""
        keys = [world.of(self.kind)[-1].id] if self.kind else []
        answer = viewer.client.get(reverse(f"desk:{name}", args=keys))
        may = viewer.sees_all_customers and viewer.sight.entities == BOTH
        assert answer.status_code == (200 if may or not self.changes else 403)
        page = body(answer, answer.status_code)
        shows_nothing_else(page, world, viewer)
        if self.kind == "off" and not self.changes:
            assert references(page).get("cus", set()) == {row.id for row in viewer.seen(world, "cus")}


class Elsewhere(NamedTuple):
    """A button that concerns no row of the world; `test` says where it is tried."""

    test: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Nothing to compare."""


class Page(NamedTuple):
    """A page that sums up the visible rows and may name some of them."""

    sums: Sums = no_sums

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Its totals are right, and it betrays nothing."""
        page = body(viewer.client.get(reverse(f"desk:{name}")))
        shows_nothing_else(page, world, viewer)
        shows_sums(page, self.sums(world, viewer, None))


class InJanuary(NamedTuple):
    """A page or a file that sums up the visible rows of January 2026, when the world issued its invoices."""

    sums: Sums = no_sums

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Its totals are right, and it betrays nothing."""
        asked = {"year": "2026", "month": "2026-01-01"}
        page = body(viewer.client.get(reverse(f"desk:{name}"), asked))
        shows_nothing_else(page, world, viewer)
        shows_sums(page, self.sums(world, viewer, None))


class Lists(NamedTuple):
    """A list: exactly the visible rows of `kind`, found under `search` by their texts, with its totals."""

    kind: str
    search: str = "q"
    sums: Sums = no_sums

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """The list as it opens, then each row searched for by what betrays it."""
        address = reverse(f"desk:{name}")
        page = body(viewer.client.get(address))
        assert references(page).get(self.kind, set()) == {row.id for row in viewer.seen(world, self.kind)}
        shows_nothing_else(page, world, viewer)
        shows_sums(page, self.sums(world, viewer, None))
        if self.search and viewer.sight.closely:
            finds(address, (self.kind,), world, viewer)


class Quarantined(NamedTuple):
    """What waits in quarantine: exactly the visible documents that do, here and as a file."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """The list, then its file, one after the other."""
        held = {row.id for row in viewer.seen(world, "inv") if row.is_held}
        page = body(viewer.client.get(reverse(f"desk:{name}")))
        # A rule is named to whoever sees what it caught, though its own page is for who sees its entity whole.
        page = CAUGHT_BY.sub("", page)
        assert references(page).get("inv", set()) == held
        shows_nothing_else(page, world, viewer)
        file = body(viewer.client.post(reverse(f"desk:{name}_export"), {"form": "csv"}))
        assert len(file.splitlines()) == 1 + len(held)
        betrays_nothing(file, world, viewer)


class Searches(NamedTuple):
    """The search over several kinds of rows."""

    kinds: tuple[str, ...]

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Each row by what betrays it."""
        finds(reverse(f"desk:{name}"), self.kinds, world, viewer)


class Opens(NamedTuple):
    """The page of one row, which says its text unless `is_part`. A row that may not be seen is not there."""

    kind: str
    sums: Sums = no_sums
    is_part: bool = False

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Rows of the kind by their address."""
        for row in viewer.probes(world, self.kind):
            answer = viewer.client.get(reverse(f"desk:{name}", args=[row.id]))
            assert answer.status_code == (200 if viewer.sees(row) else 404), row
            page = body(answer, answer.status_code)
            shows_nothing_else(page if viewer.sees(row) else without(page, row), world, viewer)
            if viewer.sees(row):
                assert self.is_part or row.text in page, row
                shows_sums(page, self.sums(world, viewer, row))


class Files(NamedTuple):
    """The PDF of one row. Drafts alone are looked into: nothing of the world was rendered and archived."""

    kind: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Hidden rows have none; a visible draft's speaks of its own account only."""
        for row in viewer.probes(world, self.kind):
            if not viewer.sees(row):
                assert viewer.client.get(reverse(f"desk:{name}", args=[row.id])).status_code == 404, row
        for row in viewer.some([row for row in viewer.seen(world, self.kind) if row.run], 1):
            answer = viewer.client.get(reverse(f"desk:{name}", args=[row.id]))
            assert answer.headers["Content-Type"] == "application/pdf"
            text = "".join(page.get_textpage().get_text_bounded() for page in PdfDocument(answer.content))
            assert f"Société {row.text.replace('-', ' ')}" in text, text
            betrays_nothing(text, world, viewer)


class Images(NamedTuple):
    """The first page, as an image, of the PDF of one row. What the PDF says is compared where it is opened."""

    kind: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Hidden rows have none; a visible draft has as many as its PDF has pages."""
        for row in viewer.probes(world, self.kind):
            if not viewer.sees(row):
                assert viewer.client.get(reverse(f"desk:{name}", args=[row.id, 1])).status_code == 404, row
        for row in viewer.some([row for row in viewer.seen(world, self.kind) if row.run], 1):
            answer = viewer.client.get(reverse(f"desk:{name}", args=[row.id, 1]))
            assert answer.headers["Content-Type"] == "image/png"
            assert viewer.client.get(reverse(f"desk:{name}", args=[row.id, 2])).status_code == 404


class Acts(NamedTuple):
    """A button or a form of one row: on a row that may not be seen, it does nothing and is not there."""

    kind: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Press it on hidden rows."""
        for row in viewer.probes(world, self.kind):
            if not viewer.sees(row):
                answer = viewer.client.post(reverse(f"desk:{name}", args=[row.id]))
                assert answer.status_code == 404, row


class Reports(NamedTuple):
    """The report of one row as a file, which names visible accounts and no others."""

    kind: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """As comma-separated values, which can be read."""
        for row in viewer.probes(world, self.kind):
            answer = viewer.client.get(reverse(f"desk:{name}", args=[row.id]))
            assert answer.status_code == (200 if viewer.sees(row) else 404), row
            betrays_nothing(without(body(answer, answer.status_code), row), world, viewer)


class Exported(NamedTuple):
    """A list as a file: a line for each visible row of `kind`, and nothing of any other. `one` is its address's row."""

    kind: str = ""
    one: str = ""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Both forms of the file; beyond the visible rows' addresses there is none."""
        for row in viewer.probes(world, self.one) if self.one else [None]:
            address = reverse(f"desk:{name}", args=[row.id] if row else [])
            answer = viewer.client.post(address, {"form": "csv"})
            if row and not viewer.sees(row):
                assert answer.status_code == 404, row
                continue
            text = body(answer)
            betrays_nothing(text, world, viewer)
            if self.kind and not row:
                assert len(text.splitlines()) == 1 + len(viewer.seen(world, self.kind))
        if self.kind and viewer.sight.closely and not self.one:
            file = viewer.client.post(reverse(f"desk:{name}"), {"form": "xlsx"}).content
            lines = list(open_table(BytesIO(file)).records()) if viewer.seen(world, self.kind) else []
            assert len(lines) == len(viewer.seen(world, self.kind))


class Spreads(NamedTuple):
    """A list as a file: every visible row of `kind` by its text, and no other."""

    kind: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """The whole file."""
        text = body(viewer.client.get(reverse(f"desk:{name}")))
        assert {row for row in world.of(self.kind) if row.text in text} == set(viewer.seen(world, self.kind))
        betrays_nothing(text, world, viewer)


class TakesOut(NamedTuple):
    """A draft taken out of its run, by who sees the run whole."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Press it on drafts that may not be seen."""
        drafts = [row for row in world.of("inv") if row.run and not viewer.sees(row)]
        for row in viewer.some(drafts, 2):
            answer = viewer.client.post(reverse(f"desk:{name}", args=[row.run, row.id]))
            assert answer.status_code == 404, row


class EndsDiscounts(NamedTuple):
    """A discount of an account, for who sees the account."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Ask for it on accounts that may not be seen."""
        for row in viewer.probes(world, "ba"):
            answer = viewer.client.get(reverse(f"desk:{name}", args=[row.id, row.id]))
            assert answer.status_code == 404, row  # nobody granted one


class OfAnAccount(NamedTuple):
    """A form of the billing account that its address names under `account`, or what was typed does."""

    typed: Callable[[], dict[str, object]]

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """It opens for visible accounts only, and refuses the reference of a hidden one."""
        address = reverse(f"desk:{name}")
        shows_nothing_else(body(viewer.client.get(address)), world, viewer)
        for row in viewer.probes(world, "ba"):
            answer = viewer.client.get(address, {"account": public_id("ba", row.id)})
            assert answer.status_code == (200 if viewer.sees(row) else 404), row
            page = body(answer, answer.status_code)
            shows_nothing_else(page if viewer.sees(row) else without(page, row), world, viewer)
            if not viewer.sees(row):
                answer = viewer.client.post(address, {"account": row.text, **self.typed()})
                shows_nothing_else(without(body(answer), row), world, viewer)


class OfAnEntity(NamedTuple):
    """The settings of a legal entity, for who sees all of it."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """The others are not there."""
        for code, entity in world.entities.items():
            answer = viewer.client.get(reverse(f"desk:{name}", args=[entity.pk]))
            whole = viewer.sees_all_customers and code in viewer.sight.entities
            assert answer.status_code == (200 if whole else 404), code


class PlansRuns(NamedTuple):
    """The form of a mass run, for who sees every customer of what it bills."""

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """No run begins over what the viewer does not see whole, named or left open."""
        address = reverse(f"desk:{name}")
        shows_nothing_else(body(viewer.client.get(address)), world, viewer)
        whole = viewer.sight.entities if viewer.sees_all_customers else frozenset()
        hidden = [entity.pk for code, entity in world.entities.items() if code not in whole]
        dates = {"until": "2026-05-31", "issue_date": "2026-05-31"}
        for key in ["", *hidden] if hidden else ():
            page = body(viewer.client.post(address, {**dates, "legal_entity_id": key}))
            assert "id_legal_entity_id_error" in page


class LedgerAccount(NamedTuple):
    """One account of the chart: the entries that post to it."""

    code: str

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Exactly the visible ones: every entry of the world posts to it, but those of deposits."""
        page = body(viewer.client.get(reverse(f"desk:{name}", args=[self.code])))
        owed = {row.id for row in viewer.seen(world, "ent") if not row.text.startswith("DG-")}
        assert references(page).get("ent", set()) == owed
        shows_nothing_else(page, world, viewer)


class Exports(NamedTuple):
    """The file of a legal entity's entries, for who sees all of it."""

    year: int

    def walk(self, name: str, world: World, viewer: Viewer) -> None:
        """Every entry of the entity or no file at all."""
        address = reverse(f"desk:{name}")
        shows_nothing_else(body(viewer.client.get(address)), world, viewer)
        for code, entity in world.entities.items():
            answer = viewer.client.post(
                address, {"legal_entity_id": entity.pk, "year": self.year, "file": "fec"}
            )
            is_file = answer.headers["Content-Type"].startswith("text/plain")
            assert is_file == (viewer.sees_all_customers and code in viewer.sight.entities)
            if is_file:
                lines = body(answer).splitlines()[1:]
                mine = [row for row in world.of("ent") if code in {each.entity for each in row.owners}]
                assert {line.split("\t")[8] for line in lines} == {row.text for row in mine}


Placement = (
    Public
    | Personal
    | Form
    | OfAUser
    | OfARole
    | OfTheTeams
    | Traces
    | OfTheCatalogue
    | Elsewhere
    | Page
    | InJanuary
    | Lists
    | Quarantined
    | Searches
    | Opens
    | Files
    | Images
    | Acts
    | OfAnAccount
    | OfAnEntity
    | PlansRuns
    | Exported
    | Reports
    | Spreads
    | TakesOut
    | EndsDiscounts
    | LedgerAccount
    | Exports
)


def body(answer: HttpResponse, status: int = 200) -> str:
    """The page or the file as text."""
    assert answer.status_code == status, answer.status_code
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8", "replace")


def references(page: str) -> dict[str, set[int]]:
    """The rows that a page names, by kind, but for the job of the reader's own that the head of each page follows."""
    found: dict[str, set[int]] = {}
    for match in REFERENCE.finditer(page, max(page.find("<main"), 0)):
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


def shows_sums(page: str, sums: set[str]) -> None:
    """The totals are there."""
    missing = sums - set(AMOUNT.findall(page))
    assert not missing, missing


def finds(address: str, kinds: tuple[str, ...], world: World, viewer: Viewer) -> None:
    """A row is found by its text when it may be seen, and betrays nothing when not."""
    for row in (row for kind in kinds for row in viewer.probes(world, kind, hidden=1)):
        page = body(viewer.client.get(address, {"q": row.text}))
        assert (row.id in references(page).get(row.kind, set())) == viewer.sees(row), row
        shows_nothing_else(page if viewer.sees(row) else without(page, row), world, viewer)


def without(page: str, row: Row) -> str:
    """The page without the row that was asked for, whose address or text it repeats."""
    return page.replace(row.text, "").replace(public_id(row.kind, row.id), "")
