"""The chart of accounts, and what is posted where. It belongs to every legal entity: a test key reads it only."""

from typing import Annotated, Any

from encaisse.api.fields import Given, Name, Page, Text, Told, whole
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.ledger import operations
from encaisse.ledger.queries import chart as queries
from encaisse.ledger.queries.chart import Posted

resource = Resource("Chart of accounts")
CONFIGURES = "configure"
AccountCode = Annotated[str, Text(10, 1)]


class ChartAccount(Told):
    """One account of the chart; `is_used` once anything was posted to it."""

    code: str
    name_fr: str
    name_en: str
    is_used: bool


class ChartNames(Given):
    """What an account is called."""

    name_fr: Name
    name_en: Name


class Mapping(Told):
    """What is posted to an account: `kind` is product, tax, method, receivable or waiting, `name` says which."""

    kind: str
    name: str
    account: str
    is_in_chart: bool

    @staticmethod
    def resolve_is_in_chart(row: Posted) -> bool:
        """Nothing posts to an account that the chart lacks."""
        return row.is_there


@resource.get("/chart/accounts", Page[ChartAccount], CONFIGURES)
def list_chart_accounts(request: ProgramRequest) -> Any:
    """Read the chart of accounts.

    All of it at once, by code.
    """
    return whole(queries.chart(request.scope))


@resource.put("/chart/accounts/{code}", ChartAccount, CONFIGURES)
def save_chart_account(request: ProgramRequest, code: AccountCode, said: ChartNames) -> Any:
    """Add an account to the chart, or rename it.

    Its code is for ever.
    """
    operations.save_account(request.scope, code, **said.dict())
    return next(each for each in queries.chart(request.scope) if each.code == code)


@resource.get("/chart/mappings", Page[Mapping], CONFIGURES)
def list_chart_mappings(request: ProgramRequest) -> Any:
    """Read what is posted where.

    All of it at once.
    """
    return whole(queries.mappings(request.scope))
