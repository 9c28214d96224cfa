"""The audit log: who did what, when, to what. It only grows, and nobody edits it."""

import datetime as dt
from typing import Annotated, Any, Final, Literal

from ninja import Query
from pydantic import AwareDatetime, Field

from encaisse.api.fields import AuditKey, AuditRef, Page, Paging, Search, Text, Told, UserKey, page
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.shapes import without_keys
from encaisse.insight.queries import audit as queries
from encaisse.insight.queries.audit import Entry, Wanted
from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import key_of, public_id

resource = Resource("Audit log")
# How the rows that events are about are named outside.
PREFIXES: Final = {
    "api_key": "key", "batch": "imp", "billing_account": "ba", "category": "cat", "customer": "cus", "cycle": "cyc",
    "deposit": "dep", "deposit_template": "dpt", "endpoint": "wh",
    "group": "grp", "invoice": "inv", "job": "job", "legal_entity": "le", "offer": "off", "payment": "pay",
    "role": "rol", "run": "run", "schedule": "sch", "subscription": "sub", "tax_rule": "txr", "user": "usr",
}  # fmt: skip


class AuditFilter(Paging):
    """What the log is narrowed to. `about` is the reference of a row, `text` words of the facts; `until` is
    exclusive."""

    after: AuditKey | None = None
    actor: Literal["user", "api_key", "command", "task", "visitor"] | None = None
    user_id: UserKey | None = None
    topic: Annotated[str, Text(100)] = ""
    kind: Annotated[str, Text(50)] = ""
    about: Annotated[str, Text(20)] = ""
    text: Search = ""
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        kind, row_id = _referred(self.about) if self.about else (self.kind, None)
        who = self.actor or ""
        return Wanted(
            actor=f"user:{self.user_id}" if self.user_id is not None else who,
            topics=(self.topic,) if self.topic else (),
            kind=kind,
            row_id=row_id,
            words=self.text,
            since=self.since,
            until=self.until,
        )


class AuditEntry(Told):
    """One act: `about` is the first row that it was done to, `rows` how many they are, `facts` what differs since."""

    id: AuditRef
    at: dt.datetime
    topic: str
    actor: str
    actor_kind: str
    kind: str
    about: str | None = Field(description="A reference, where rows of this kind have one.")
    rows: int
    name: str
    facts: dict[str, Any]

    @staticmethod
    def resolve_about(entry: Entry) -> str | None:
        """Which row, as it is named outside."""
        prefix = PREFIXES.get(entry.kind)
        return public_id(prefix, entry.first_id) if prefix else None

    @staticmethod
    def resolve_rows(entry: Entry) -> int:
        """The keys of the rows follow one another."""
        return entry.last_id - entry.first_id + 1

    @staticmethod
    def resolve_facts(entry: Entry) -> dict[str, Any]:
        """What was told of it."""
        return without_keys(entry.facts)


@resource.get("/audit", Page[AuditEntry], "read_audit")
def list_audit_entries(request: ProgramRequest, asked: Query[AuditFilter]) -> Any:
    """Read the audit log.

    The latest first. A key that does not see everything reads what it did itself.
    """
    found = queries.entries(request.scope, asked.wanted(), after=asked.after, size=asked.limit + 1)
    return page(request, "aud", found.rows, asked.limit)


def _referred(about: str) -> tuple[str, int]:
    kinds = {prefix: kind for kind, prefix in PREFIXES.items()}
    prefix = about.partition("_")[0]
    if prefix not in kinds:
        raise NotFound(noun="row")
    return kinds[prefix], key_of(prefix, about)
