"""What is owed and how late, and the search over everything."""

import datetime as dt
from typing import Any

from ninja import Query

from encaisse.api.fields import (
    Currency,
    CurrencyGiven,
    CustomerRef,
    DecimalTold,
    EntityRef,
    Given,
    Minor,
    Paging,
    Search,
    Told,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.invoices import InvoiceSummary
from encaisse.api.resources.payments import Payment
from encaisse.insight.queries import group as group_query
from encaisse.insight.queries.dashboard import Standing, dashboard
from encaisse.insight.queries.group import GroupRow, Period, group
from encaisse.insight.queries.search import search
from encaisse.kernel import clock

resource = Resource("Overview")


class Band(Told):
    """What is owed within a band of days late."""

    band: str
    amount_minor: Minor


class StandingTold(Told):
    """What one legal entity is owed in one currency, and what came in this month."""

    legal_entity_id: EntityRef
    legal_entity: str
    currency: Currency
    owed_minor: Minor
    owed_documents: int
    overdue_minor: Minor
    overdue_documents: int
    oldest_days: int
    bands: list[Band]
    received_minor: Minor
    received_payments: int
    left_minor: Minor

    @staticmethod
    def resolve_legal_entity_id(each: Standing) -> int:
        """Who is owed."""
        return each.entity_id

    @staticmethod
    def resolve_legal_entity(each: Standing) -> str:
        """Its name."""
        return each.entity

    @staticmethod
    def resolve_bands(each: Standing) -> list[dict[str, Any]]:
        """From not due to very late."""
        return [{"band": band, "amount_minor": amount} for band, amount in each.bands]


class Dashboard(Told):
    """Where the business stands today; the end of the month is exclusive."""

    standings: list[StandingTold]
    month_from: dt.date
    month_to: dt.date


class GroupAsked(Given):
    """In which currency, of which days; `date_to` is exclusive. By default, this year until today."""

    currency: CurrencyGiven
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class Figures(Told):
    """What one legal entity, or all, come to: of the period, owed at its end by the books, and late today."""

    net_minor: Minor
    gross_minor: Minor
    collected_minor: Minor
    vat_minor: Minor
    owed_minor: Minor
    overdue_minor: Minor
    bands: list[Band]

    @staticmethod
    def resolve_bands(each: group_query.Figures) -> list[dict[str, Any]]:
        """From not due to very late."""
        return [{"band": band, "amount_minor": amount} for band, amount in each.bands]


class RateUsed(Told):
    """A rate as it was recorded: `units` of `base` are worth `rate` of `quote`."""

    base: str
    quote: str
    units: int
    rate: DecimalTold
    valid_from: dt.date
    source: str


class GroupEntity(Told):
    """One legal entity in the currency of its books, and in the group's; None where a rate to it is `lacking`."""

    legal_entity_id: EntityRef
    legal_entity: str
    currency: Currency
    own: Figures
    shown: Figures | None
    rates: list[RateUsed]
    lacking: list[str]

    @staticmethod
    def resolve_legal_entity_id(row: GroupRow) -> int:
        """Whose figures."""
        return row.entity.id

    @staticmethod
    def resolve_legal_entity(row: GroupRow) -> str:
        """Its name."""
        return row.entity.name

    @staticmethod
    def resolve_currency(row: GroupRow) -> str:
        """That of its books."""
        return row.entity.currency


class Consolidated(Told):
    """Every legal entity, and those that have figures in the currency together."""

    currency: Currency
    rows: list[GroupEntity]
    total: Figures


class CustomerHit(Told):
    """A customer found."""

    id: CustomerRef
    reference: str
    name: str


class Found(Told):
    """The first of each kind."""

    customers: list[CustomerHit]
    invoices: list[InvoiceSummary]
    payments: list[Payment]


class Asked(Paging):
    """What is searched for."""

    text: Search


@resource.get("/dashboard", Dashboard)
def get_dashboard(request: ProgramRequest) -> Any:
    """Read what is owed and how late.

    By legal entity and currency; a test key reads its sandbox.
    """
    return dashboard(request.scope)


@resource.get("/consolidation", Consolidated, "read_ledger")
def get_consolidation(request: ProgramRequest, asked: Query[GroupAsked]) -> Any:
    """Read the group in one currency.

    Every legal entity that the key sees whole, at the rates recorded for the last day, and the sums of those that have
    one.
    """
    last = asked.date_to - dt.timedelta(1) if asked.date_to else clock.now().date()
    first = asked.date_from or last.replace(month=1, day=1)
    return group(request.scope, asked.currency, Period(first, last + dt.timedelta(1)))


@resource.get("/search", Found)
def search_everything(request: ProgramRequest, asked: Query[Asked]) -> Any:
    """Search customers, documents and payments.

    The first of each kind.
    """
    return search(request.scope, asked.text)
