"""The cut-off of a day: what is billed ahead (487), what is earned and not billed (418), and the entry that says so."""

import datetime as dt
from typing import Any, Literal
from urllib.parse import urlencode

from ninja import Query
from pydantic import Field

from encaisse.api.fields import (
    AccountRef,
    Currency,
    CustomerRef,
    EntityKey,
    Given,
    InvoiceRef,
    Minor,
    Page,
    Paging,
    Told,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.flows.cut_off import cut_off
from encaisse.ledger.queries.countries import countries
from encaisse.ledger.rules import Cut

resource = Resource("Cut-off")
READS = "read_ledger"


class CutOffAsked(Given):
    """Of which legal entity, at the end of which day."""

    legal_entity_id: EntityKey
    on: dt.date = Field(ge=dt.date(2000, 1, 1), le=dt.date(2100, 12, 31))


class CutOffLines(Paging):
    """Which figure, and the place of the last line seen."""

    legal_entity_id: EntityKey
    on: dt.date = Field(ge=dt.date(2000, 1, 1), le=dt.date(2100, 12, 31))
    figure: Literal["deferred", "accrued"] = "deferred"
    after_number: int = Field(0, ge=0, le=10**9)


class CutOffPosting(Told):
    """One line of the entry proposed for the day; its opposite is of the day after."""

    account: str
    amount_minor: Minor


class CutOff(Told):
    """Both figures. The entry is proposed to keys that see every customer."""

    currency: Currency
    on: dt.date
    reversed_on: dt.date
    deferred_minor: Minor
    accrued_minor: Minor
    entry: list[CutOffPosting] | None


class CutOffLine(Told):
    """One line of a document, or charge, of which `cut_minor` is billed ahead, or unbilled."""

    number: int = Field(description="Its place in the list: what the next page is asked after.")
    document_id: InvoiceRef | None
    document: str
    on: dt.date
    account_id: AccountRef
    account: str
    customer_id: CustomerRef
    customer: str
    product: str
    revenue_account: str
    offer: str
    label: str
    period_from: dt.date | None
    period_to: dt.date | None
    amount_minor: Minor
    cut_minor: Minor


@resource.get("/ledger/cut-off", CutOff, READS)
def get_cut_off(request: ProgramRequest, asked: Query[CutOffAsked]) -> Any:
    """Read the cut-off of a day.

    What is not rated yet is rated for it, and nothing of that stays.
    """
    found = cut_off(request.scope, asked.legal_entity_id, asked.on)
    entry = [{"account": account, "amount_minor": amount} for account, amount in found.entry.items()]
    return {
        "currency": found.currency,
        "on": found.on,
        "reversed_on": found.reversed_on,
        "deferred_minor": found.deferred_minor,
        "accrued_minor": found.accrued_minor,
        "entry": entry if request.scope.sees_every_customer else None,
    }


@resource.get("/ledger/cut-off/lines", Page[CutOffLine], READS)
def list_cut_off_lines(request: ProgramRequest, asked: Query[CutOffLines]) -> Any:
    """Read what a figure of the cut-off is made of.

    By place in the list, after the last one seen.
    """
    found = cut_off(request.scope, asked.legal_entity_id, asked.on)
    rows = found.accrued if asked.figure == "accrued" else found.deferred
    told = countries()
    start, end = asked.after_number, asked.after_number + asked.limit
    said = dict(request.GET.items()) | {"after_number": end}
    more = len(rows) > end
    return {
        "data": [
            _line(place, row, told.code(found.chart, row.revenue_account))
            for place, row in enumerate(rows[start:end], start + 1)
        ],
        "has_more": more,
        "next": f"{request.path}?{urlencode(said)}" if more else None,
    }


def _line(place: int, row: Cut, account: str) -> dict[str, Any]:
    named = {
        "revenue_account": account,
        "number": place,
        "document": row.number,
        "document_id": row.document_id or None,
    }
    return row._asdict() | named
