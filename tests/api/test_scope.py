"""A program sees exactly the rows of its key: every list and every page, for each level and limit."""

from collections.abc import Iterator
from typing import Final

import pytest

from encaisse.access.models import Permission
from encaisse.kernel.references import key_of, public_id
from tests.api.programs import Program, program
from tests.desk import viewers, world
from tests.desk.viewers import SIGHTS, Sight
from tests.desk.world import World

# Each list, the kind of its rows, and where one of them is read.
LISTS: Final = {
    "/customers": ("cus", "/customers/{}"),
    "/accounts": ("ba", "/accounts/{}"),
    "/contracts": ("sub", "/contracts/{}"),
    "/invoices": ("inv", "/invoices/{}"),
    "/payments": ("pay", "/payments/{}"),
    "/deposits": ("dep", "/deposits/{}"),
    "/deposit-proposals": ("dpp", ""),
    "/runs": ("run", "/runs/{}"),
    "/cycles": ("cyc", "/cycles/{}"),
    "/ledger/entries": ("ent", "/ledger/entries/{}"),
    "/usage-events": ("evt", ""),
    "/imports": ("imp", "/imports/{}"),
    "/jobs": ("job", "/jobs/{}"),
}
# What is done to one row: on a row that may not be seen it is not there. A body that is in order, where one is needed.
DAY: Final = "2026-03-31"
ACTS: Final = {
    "ba": {"/accounts/{}/discounts": {"percent": "5", "reason": "Essai", "valid_from": DAY}},
    "sub": {"/contracts/{}/events": {"event": {"kind": "suspend", "on": DAY}}},
    "inv": {
        "/invoices/{}/issue": None,
        "/invoices/{}/discard": None,
        "/invoices/{}/approve": None,
        "/quarantine/{}/release": None,
        "/quarantine/{}/refuse": {},
        "/invoices/{}/credit-notes": {"reason": "Essai", "issue_date": DAY},
        "/invoices/{}/replace": {"reason": "Essai", "issue_date": DAY},
        "/credit-notes/{}/cancel": {"reason": "Essai", "issue_date": DAY},
        "/credit-notes/{}/allocations": {},
        "/invoices/{}/send": None,
        "/invoices/{}/send-again": None,
        "/invoices/{}/duplicate": None,
    },
    "pay": {"/payments/{}/allocations": {}, "/payments/{}/return": {"returned_on": DAY}},
    "dep": {
        "/deposits/{}/ask": None,
        "/deposits/{}/cancel": {},
        "/deposits/{}/funds": {"amount_minor": 1, "method": "cash", "received_on": DAY},
        "/deposits/{}/refund": {"method": "cash", "refunded_on": DAY},
    },
    "dpp": {"/deposit-proposals/{}/approve": {}, "/deposit-proposals/{}/decline": None},
    "run": {
        "/runs/{}/issue": None, "/runs/{}/pause": None, "/runs/{}/resume": None, "/runs/{}/cancel": {},
        "/runs/{}/retry": {}, "/runs/{}/again": {"issue_date": DAY},
    },
    "cyc": {"/cycles/{}/start": None, "/cycles/{}/end": None},
    "job": {"/jobs/{}/stop": None},
    "vru": {"/validation-rules/{}/end": None},
}  # fmt: skip


class Caller:
    """A program whose key sees what a viewer of the desk sees."""

    def __init__(self, made: World, sight: Sight, api: Program) -> None:
        self.made, self.sight, self.api = made, sight, api

    def sees(self, row: world.Row) -> bool:
        """Whether the row should be told to it, as written down by hand for the desk."""
        if not row.owners:
            return self.sight.reps == viewers.EVERY_REP and self.sight.entities == viewers.BOTH
        return any(rep in self.sight.reps and entity in self.sight.entities for rep, entity in row.owners)


@pytest.mark.django_db
def test_each_program_sees_exactly_its_rows():
    made = world.build()
    viewers.install(made)
    wrong = [said for sight in SIGHTS if sight.closely for said in _wrong(_caller(made, sight))]

    assert wrong == []


def _caller(made: World, sight: Sight) -> Caller:
    rep_id = made.reps[sight.rep].pk if sight.rep else None
    permissions = frozenset(Permission.values) - {"configure"}
    key = {"role": sight.role, "rep_id": rep_id} if sight.role != "rep" else {"role": "rep", "rep_id": rep_id}
    more = {} if sight.role in viewers.READY_MADE else {"permissions": permissions}
    return Caller(made, sight, program(**key, **more))


def _wrong(caller: Caller) -> Iterator[str]:
    for path, (kind, one) in LISTS.items():
        told = _all(caller.api, path)
        if told is None:
            continue
        expected = {row.id for row in caller.made.of(kind) if caller.sees(row)}
        if told != expected:
            yield f"{caller.sight} on {path}: {told ^ expected}"
        yield from _pages(caller, kind, one)
        yield from _acts(caller, kind)


def _all(api: Program, path: str) -> set[int] | None:
    """Every row of a list, page by page; None when the key may not read it."""
    found: list[str] = []
    following: str | None = f"{path}?limit=7"
    while following:
        answer = api.get(following)
        if answer.status == 403:
            return None
        assert answer.status == 200, answer.body
        if "limit" not in path and "limit=7" in following and answer.body["has_more"]:
            assert len(answer.body["data"]) == 7
        found += [row["id"] for row in answer.body["data"]]
        following = answer.body["next"]
    assert len(found) == len(set(found))
    return {key_of(each.partition("_")[0], each) for each in found}


def _pages(caller: Caller, kind: str, one: str) -> Iterator[str]:
    rows = caller.made.of(kind)
    hidden = [row for row in rows if not caller.sees(row)][:2]
    for row in [row for row in rows if caller.sees(row)][:1] + hidden if one else []:
        answer = caller.api.get(one.format(public_id(kind, row.id)))
        if answer.status != (200 if caller.sees(row) else 404):
            yield f"{caller.sight} on {one} of {row}: {answer.status}"


def _acts(caller: Caller, kind: str) -> Iterator[str]:
    hidden = [row for row in caller.made.of(kind) if not caller.sees(row)]
    for place, (path, said) in enumerate(ACTS.get(kind, {}).items()):
        for row in hidden[place % 3 :][:1]:
            answer = caller.api.post(path.format(public_id(kind, row.id)), said)
            if answer.status not in {403, 404}:
                yield f"{caller.sight} on {path} of {row}: {answer.status} {answer.body}"
