"""VAT numbers of billing accounts, and what the register of their country says of them."""

import datetime as dt
from typing import Any, Literal

from ninja import Query

from encaisse.api.fields import AccountKey, AccountRef, JobRef, Page, Paging, Told, page
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.flows.check_vat_numbers import check_again
from encaisse.insight.queries.vat_numbers import NumberState, number_of, vat_numbers
from encaisse.kernel.errors import NotFound

resource = Resource("VAT numbers")


class NumberFilter(Paging):
    """What the list is narrowed to."""

    after: AccountKey | None = None
    state: Literal["invalid", "unchecked", "valid"] | None = None


class VatNumber(Told):
    """A billing account with its number; `reason` says why the register was last asked in vain."""

    id: AccountRef
    account: str
    customer: str
    country: str
    number: str
    state: Literal["invalid", "unchecked", "valid"]
    checked_at: dt.datetime | None
    name: str
    reason: str


class NumberProof(Told):
    """The newest answer of the register: the proof that it was asked, and whose number it says it is."""

    verdict: Literal["valid", "invalid"]
    checked_at: dt.datetime
    requester: str
    consultation: str
    name: str
    address: str


class KnownNumber(Told):
    """A number with its proof, once the register answered; `away` says why it did not since."""

    number: str
    proof: NumberProof | None
    away_at: dt.datetime | None
    away: str


class CheckBegun(Told):
    """The job that asks the register."""

    job_id: JobRef


@resource.get("/vat-numbers", Page[VatNumber])
def list_vat_numbers(request: ProgramRequest, asked: Query[NumberFilter]) -> Any:
    """List the VAT numbers of billing accounts.

    Those of member states of the Union, with what the register says.
    """
    rows = vat_numbers(request.scope, state=asked.state or "", after=asked.after, limit=asked.limit + 1)
    return page(request, "ba", rows, asked.limit)


@resource.get("/accounts/{account_id}/vat-number", KnownNumber)
def get_vat_number(request: ProgramRequest, account_id: AccountKey) -> NumberState:
    """Read what the register says of a billing account's VAT number."""
    known = number_of(request.scope, account_id)
    if known is None:
        raise NotFound(noun="VAT number")
    return known


@resource.post("/accounts/{account_id}/vat-number/check", CheckBegun, "edit_accounts", status=202)
def check_vat_number(request: ProgramRequest, account_id: AccountKey) -> Any:
    """Ask the register for a VAT number again.

    By a job: the register may take its time, or be away.
    """
    return {"job_id": check_again(request.scope, account_id)}
