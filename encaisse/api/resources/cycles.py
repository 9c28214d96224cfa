"""Billing cycles: who is billed together, on which days, and whether that begins by itself."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    CustomerRef,
    CycleKey,
    CycleRef,
    EntityKey,
    EntityRef,
    Given,
    Name,
    Page,
    Paging,
    RunRef,
    Text,
    Told,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.billing.operations import cycles as operations
from encaisse.billing.operations.cycles import CycleFacts
from encaisse.billing.queries import cycles as queries
from encaisse.flows import run_cycle, tasks
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party

resource = Resource("Billing cycles")
Days = Annotated[int, Field(ge=-366, le=366)]
Caught = Literal["approve", "hold", "quarantine", "reopen", "drop"]


class Cycle(Told):
    """A cycle: every `unit_count` of `unit` from `first_day` on. It bills what is due until `until_days` after its
    day, dated `issue_days` after it."""

    id: CycleRef
    code: str
    name_fr: str
    name_en: str
    unit: str
    unit_count: int
    first_day: dt.date
    next_day: dt.date
    until_days: int
    issue_days: int
    start: str
    on_suspect: str
    on_reject: str
    legal_entity_id: EntityRef | None
    is_active: bool
    accounts: int


class Member(Told):
    """An account of a cycle."""

    id: AccountRef
    reference: str
    customer_id: CustomerRef
    customer: str


class MemberFilter(Paging):
    """Which accounts of a cycle."""

    after: AccountKey | None = None


class CycleGiven(Given):
    """What a cycle is. `start` says what happens by itself on its day."""

    code: Annotated[str, Text(30, 1, "^[A-Za-z0-9_-]+$")]
    name_fr: Name
    name_en: Name
    unit: Literal["week", "month", "year"] = "month"
    unit_count: int = Field(1, ge=1, le=99)
    first_day: dt.date
    until_days: Days = 0
    issue_days: Days = 0
    start: Literal["by_hand", "draft", "issue"] = "by_hand"
    legal_entity_id: EntityKey | None = None
    on_suspect: Caught = "quarantine"
    on_reject: Caught = "quarantine"

    def facts(self, scope: Scope) -> CycleFacts:
        """The same as the operation takes it, of a legal entity that the key sees whole."""
        if self.legal_entity_id is None and not scope.sees_everything:
            raise NotPermitted(permission="bill")
        seen = {each.id for each in party.whole_entities(scope)}
        if self.legal_entity_id is not None and self.legal_entity_id not in seen:
            raise NotFound(noun="legal entity")
        return CycleFacts(**self.dict())


class Accounts(Given):
    """Billing accounts."""

    account_ids: list[AccountKey] = Field(min_length=1, max_length=5_000)

    def seen(self, scope: Scope) -> list[int]:
        """Their keys, each of which the key sees."""
        return [party.account(scope, each).row.id for each in self.account_ids]


class Begun(Told):
    """The run that began."""

    run_id: RunRef


@resource.get("/cycles", Page[Cycle])
def list_cycles(request: ProgramRequest) -> Any:
    """List billing cycles.

    All of them at once, by their next day.
    """
    return whole(queries.cycles(request.scope))


@resource.post("/cycles", Cycle, "bill")
def create_cycle(request: ProgramRequest, said: CycleGiven) -> Any:
    """Create a billing cycle."""
    made = operations.define(said.facts(request.scope), today=clock.now().date(), actor=request.scope.actor)
    return queries.cycle(request.scope, made)


@resource.get("/cycles/{cycle_id}", Cycle)
def get_cycle(request: ProgramRequest, cycle_id: CycleKey) -> Any:
    """Read a billing cycle."""
    return queries.cycle(request.scope, cycle_id)


@resource.put("/cycles/{cycle_id}", Cycle, "bill")
def change_cycle(request: ProgramRequest, cycle_id: CycleKey, said: CycleGiven) -> Any:
    """Change a billing cycle.

    Its next day is counted again when its days are others.
    """
    queries.cycle(request.scope, cycle_id)
    facts = said.facts(request.scope)
    operations.change(cycle_id, facts, today=clock.now().date(), actor=request.scope.actor)
    return queries.cycle(request.scope, cycle_id)


@resource.get("/cycles/{cycle_id}/accounts", Page[Member])
def list_cycle_accounts(request: ProgramRequest, cycle_id: CycleKey, asked: Query[MemberFilter]) -> Any:
    """List the billing accounts of a cycle."""
    window = Window(size=asked.limit + 1, after=asked.after)
    return page(request, "ba", queries.members(request.scope, cycle_id, window=window).rows, asked.limit)


@resource.post("/cycles/{cycle_id}/join", Cycle, "bill", status=200)
def join_cycle(request: ProgramRequest, cycle_id: CycleKey, said: Accounts) -> Any:
    """Bill accounts in a cycle, and in no other."""
    queries.cycle(request.scope, cycle_id)
    operations.join(cycle_id, said.seen(request.scope), actor=request.scope.actor)
    return queries.cycle(request.scope, cycle_id)


@resource.post("/cycles/{cycle_id}/leave", Cycle, "bill", status=200)
def leave_cycle(request: ProgramRequest, cycle_id: CycleKey, said: Accounts) -> Any:
    """Take accounts out of a cycle."""
    queries.cycle(request.scope, cycle_id)
    operations.leave(cycle_id, said.seen(request.scope), actor=request.scope.actor)
    return queries.cycle(request.scope, cycle_id)


@resource.post("/cycles/{cycle_id}/start", Begun, "bill")
def start_cycle(request: ProgramRequest, cycle_id: CycleKey) -> Any:
    """Begin the run of a cycle's next day."""
    run_id = run_cycle.start_cycle(request.scope, cycle_id)
    tasks.draft_run_later(run_id, actor=request.scope.actor)
    return {"run_id": run_id}


@resource.post("/cycles/{cycle_id}/end", Cycle, "bill", status=200)
def end_cycle(request: ProgramRequest, cycle_id: CycleKey) -> Any:
    """End a cycle.

    Its accounts belong to none.
    """
    queries.cycle(request.scope, cycle_id)
    operations.end(cycle_id, actor=request.scope.actor)
    return queries.cycle(request.scope, cycle_id)
