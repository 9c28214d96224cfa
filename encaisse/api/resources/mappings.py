"""What is posted where: the mappings of the ledger, and the accounts that they name."""

import datetime as dt
from typing import Annotated, Any, Literal

from encaisse.api.fields import Given, Page, Text, Told, whole
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.ledger import operations
from encaisse.ledger.queries import chart as queries

resource = Resource("Mappings")
Code = Annotated[str, Text(10, 1, "^[0-9]+$")]


class PostedTo(Told):
    """What is posted to an account, and from `next_from` on to `next_account`.

    `name` is a payment method, the code of a product, or that of a tax and the position of its component. The kinds
    `waiting`, `opening` and `suspense` are fixed.
    """

    kind: str
    name: str
    account: str
    is_there: bool
    next_account: str
    next_from: dt.date | None


class MappingGiven(Given):
    """Another account for something, from the documents of `since` on; without it, from the first day possible."""

    kind: Literal["receivable", "method", "tax", "product"]
    name: Annotated[str, Text(100)] = ""
    account: Code
    since: dt.date | None = None


class AccountGiven(Given):
    """Which account of the chart."""

    code: Code


class ChartAccount(Told):
    """One account of the chart; a closed one takes no posting."""

    code: str
    name_fr: str
    name_en: str
    is_used: bool
    is_closed: bool


@resource.get("/ledger/mappings", Page[PostedTo], "configure")
def list_mappings(request: ProgramRequest) -> Any:
    """List what is posted where.

    All of it at once.
    """
    return whole(queries.mappings(request.scope))


@resource.post("/ledger/mappings", PostedTo, "configure")
def change_mapping(request: ProgramRequest, said: MappingGiven) -> Any:
    """Post something to another account.

    From that day on: what is posted already stays where it is.
    """
    operations.change_mapping(request.scope, said.kind, said.name, said.account, since=said.since)
    return queries.mapping(request.scope, said.kind, said.name)


@resource.post("/ledger/accounts/close", ChartAccount, "configure", status=200)
def close_account(request: ProgramRequest, said: AccountGiven) -> Any:
    """Close an account.

    It takes no posting any more, and may be opened again.
    """
    operations.close_account(request.scope, said.code)
    return queries.account(request.scope, said.code)


@resource.post("/ledger/accounts/reopen", ChartAccount, "configure", status=200)
def reopen_account(request: ProgramRequest, said: AccountGiven) -> Any:
    """Open a closed account again."""
    operations.reopen_account(request.scope, said.code)
    return queries.account(request.scope, said.code)
