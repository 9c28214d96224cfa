"""Charges: each rated thing that an account owes, and the document that bills it."""

import datetime as dt
from typing import Any, Literal, Self

from ninja import Query
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    ChargeKey,
    ChargeRef,
    ContractKey,
    ContractRef,
    Currency,
    DecimalTold,
    InvoiceRef,
    Page,
    Paging,
    RunRef,
    Told,
    page,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.insight.queries import charges as queries
from encaisse.insight.queries.charges import Wanted

resource = Resource("Charges")
Kind = Literal["recurring", "one_shot", "usage", "minimum", "credit", "correction", "manual", "reversal"]
FateName = Literal["open", "billed", "voided", "dropped"]


class ChargeFilter(Paging):
    """Which charges, by account or contract, by what became of them, and by the day from which they may be billed,
    `billable_to` being exclusive. A `fate` is asked of one account or contract."""

    after: ChargeKey | None = None
    account_id: AccountKey | None = None
    contract_id: ContractKey | None = None
    kind: Kind | None = None
    fate: FateName | None = None
    billable_from: dt.date | None = None
    billable_to: dt.date | None = None

    @model_validator(mode="after")
    def _is_narrow(self) -> Self:
        if self.fate and self.account_id is None and self.contract_id is None:
            raise PydanticCustomError("one_of", "one of them", {"names": "account_id, contract_id"})
        return self

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        said = self.dict(exclude={"limit", "after"})
        return Wanted(**said | {"kind": self.kind or "", "fate": self.fate or ""})


class Charge(Told):
    """One rated thing owed by one account. Amounts are exact and before the discount, which its document takes off;
    the end of a period is exclusive. It is open until a document bills it."""

    id: ChargeRef
    kind: str
    label: str
    account_id: AccountRef
    account: str
    contract_id: ContractRef | None
    contract: str | None
    product: str
    currency: Currency
    quantity: DecimalTold
    unit_price: DecimalTold
    amount: DecimalTold
    discount_percent: DecimalTold
    discount_amount: DecimalTold | None
    discount_reason: str | None
    period_from: dt.date | None
    period_to: dt.date | None
    billable_on: dt.date = Field(description="A run bills it whose cut-off, exclusive, is later.")
    rated_at: dt.datetime
    reverses_id: ChargeRef | None
    fate: str
    run_id: RunRef | None
    invoice_id: InvoiceRef | None


@resource.get("/charges", Page[Charge])
def list_charges(request: ProgramRequest, asked: Query[ChargeFilter]) -> Any:
    """List charges.

    The latest first, each with what became of it.
    """
    rows = queries.charges(request.scope, asked.wanted(), size=asked.limit + 1, after=asked.after)
    return page(request, "chg", rows, asked.limit)
