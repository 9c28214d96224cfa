"""Usage: events told by the thousand, and what waits to be rated."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import AwareDatetime, Field

from encaisse.api.fields import (
    Code,
    ContractKey,
    ContractRef,
    CustomerRef,
    DecimalGiven,
    DecimalTold,
    EventKey,
    EventRef,
    Given,
    LineGiven,
    Page,
    Paging,
    Search,
    Text,
    Told,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.flows.tell_usage import outcomes, tell_usage
from encaisse.kernel.lists import Window
from encaisse.ui import import_words
from encaisse.usage import queries
from encaisse.usage.queries import UsageRow, Wanted
from encaisse.usage.rules.records import UsageEvent

resource = Resource("Usage")
MOST: int = 1_000


class UsageFilter(Paging):
    """What a list of events is narrowed to; `legal_entity` is a code, `until` is exclusive."""

    after: EventKey | None = None
    text: Search = ""
    state: Literal["waiting", "charged"] | None = None
    meter: Code = ""
    source: Code = ""
    legal_entity: Code = ""
    contract_id: ContractKey | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        return Wanted(
            text=self.text,
            state=self.state or "",
            meter=self.meter,
            source=self.source,
            entity=self.legal_entity,
            subscription_id=self.contract_id,
            since=self.since,
            until=self.until,
        )


class Event(Told):
    """One event of usage, and whether it is in a charge."""

    id: EventRef
    occurred_at: dt.datetime
    received_at: dt.datetime
    contract_id: ContractRef
    contract: str
    customer_id: CustomerRef
    customer: str
    meter: str
    quantity: DecimalTold
    member: str
    source: str
    key: str
    is_charged: bool

    @staticmethod
    def resolve_is_charged(row: UsageRow) -> bool:
        """Whether it no longer waits."""
        return row.waiting_id is None


class MeterTotal(Told):
    """What was used of one meter, and how many events are in no charge yet."""

    meter: str
    times: int
    quantity: DecimalTold
    waiting: int


class UsageEventGiven(Given):
    """What was used. `key` is your own name of it under `source`: told again it is the same event, for ever."""

    source: Annotated[str, Text(50, 1)]
    key: Annotated[str, Text(200, 1)]
    contract: Annotated[str, Text(50, 1)]
    meter: Annotated[str, Text(50, 1)]
    occurred_at: AwareDatetime
    quantity: DecimalGiven = Field(Decimal(1))
    member: LineGiven = ""

    def event(self) -> UsageEvent:
        """The same as the flow takes it."""
        return UsageEvent(**self.dict())


class EventsGiven(Given):
    """Up to a thousand events."""

    events: list[UsageEventGiven] = Field(min_length=1, max_length=MOST)


class EventOutcome(Told):
    """What became of one event, by its place among those sent. A refusal keeps no other out."""

    outcome: Literal["created", "unchanged", "refused"]
    field: str | None = None
    code: str | None = None
    detail: str | None = None


class EventOutcomes(Told):
    """One outcome for each event, in their order."""

    outcomes: list[EventOutcome]


@resource.get("/usage-events", Page[Event])
def list_usage_events(request: ProgramRequest, asked: Query[UsageFilter]) -> Any:
    """List events of usage.

    The latest told first.
    """
    window = Window("-received_at", size=asked.limit + 1, after=asked.after)
    return page(request, "evt", queries.usage(request.scope, asked.wanted(), window=window).rows, asked.limit)


@resource.post("/usage-events", EventOutcomes, "import", status=200)
def tell_usage_events(request: ProgramRequest, said: EventsGiven) -> Any:
    """Tell up to a thousand events of usage.

    Each has its own outcome: an event told before is unchanged, and one that is refused keeps no other out.
    """
    verdicts = tell_usage(request.scope, [each.event() for each in said.events])
    return {"outcomes": [_told(outcome, refusal) for outcome, refusal in outcomes(verdicts)]}


@resource.get("/usage-totals", Page[MeterTotal])
def list_usage_totals(request: ProgramRequest, asked: Query[UsageFilter]) -> Any:
    """Sum usage up, meter by meter."""
    return whole(queries.totals(request.scope, asked.wanted()))


def _told(outcome: str, refusal: Any) -> dict[str, Any]:
    if refusal is None:
        return {"outcome": outcome}
    said = import_words.reason(refusal.error.code, refusal.error.facts())
    return {"outcome": outcome, "field": refusal.field, "code": refusal.error.code, "detail": said}
