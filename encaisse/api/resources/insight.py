"""What is owed and how late, and the search over everything."""

import datetime as dt
from typing import Any

from ninja import Query

from encaisse.api.fields import Currency, CustomerRef, EntityRef, Minor, Paging, Search, Told
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.invoices import InvoiceSummary
from encaisse.api.resources.payments import Payment
from encaisse.insight.queries.dashboard import Standing, dashboard
from encaisse.insight.queries.search import search

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


@resource.get("/search", Found)
def search_everything(request: ProgramRequest, asked: Query[Asked]) -> Any:
    """Search customers, documents and payments.

    The first of each kind.
    """
    return search(request.scope, asked.text)
