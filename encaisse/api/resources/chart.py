"""The chart of accounts, and what is posted where. It belongs to every legal entity: a test key reads it only."""

import datetime as dt
from typing import Annotated, Any, Literal

from encaisse.api.fields import Given, Name, Page, Text, Told, whole
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.ledger import operations
from encaisse.ledger.queries import chart as queries
from encaisse.ledger.queries import countries
from encaisse.ledger.queries.chart import Posted
from encaisse.ledger.queries.countries import CountryRow

resource = Resource("Chart of accounts")
CONFIGURES = "configure"
AccountCode = Annotated[str, Text(10, 1)]
Country = Annotated[str, Text(2, 2, "^[A-Z]{2}$")]


class ChartAccount(Told):
    """One account of the chart; `is_used` once anything was posted to it. A closed one takes no posting."""

    code: str
    name_fr: str
    name_en: str
    is_used: bool
    is_closed: bool


class ChartNames(Given):
    """What an account is called."""

    name_fr: Name
    name_en: Name


class CountryAccount(Told):
    """What is posted to accounts that begin with `listed` is shown under `account` in the books of the country."""

    listed: str
    account: str
    name_fr: str
    name_en: str

    @staticmethod
    def resolve_account(row: CountryRow) -> str:
        """Its code."""
        return row.code


class CountryAccountGiven(ChartNames):
    """An account of the country, and what it is called."""

    account: AccountCode


class Mapping(Told):
    """What is posted to an account: `kind` is product, tax, method, receivable or one that is fixed.

    `name` is a payment method, the code of a product, or that of a tax and the position of its component. From
    `next_from` on it is posted to `next_account`, when that is planned.
    """

    kind: str
    name: str
    account: str
    is_in_chart: bool
    next_account: str
    next_from: dt.date | None

    @staticmethod
    def resolve_is_in_chart(row: Posted) -> bool:
        """Nothing posts to an account that the chart lacks."""
        return row.is_there


class MappingGiven(Given):
    """Another account for something, from the documents of `since` on, or else from the first day possible."""

    kind: Literal["receivable", "method", "tax", "product"]
    name: Annotated[str, Text(100)] = ""
    account: AccountCode
    since: dt.date | None = None


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
    return queries.account(request.scope, code)


@resource.post("/chart/accounts/{code}/close", ChartAccount, CONFIGURES, status=200)
def close_chart_account(request: ProgramRequest, code: AccountCode) -> Any:
    """Close an account.

    It takes no posting any more; what is posted stays.
    """
    operations.close_account(request.scope, code)
    return queries.account(request.scope, code)


@resource.post("/chart/accounts/{code}/reopen", ChartAccount, CONFIGURES, status=200)
def reopen_chart_account(request: ProgramRequest, code: AccountCode) -> Any:
    """Open a closed account again."""
    operations.reopen_account(request.scope, code)
    return queries.account(request.scope, code)


@resource.get("/chart/countries/{country}/accounts", Page[CountryAccount], CONFIGURES)
def list_country_accounts(request: ProgramRequest, country: Country) -> Any:
    """Read the chart of a country.

    All of it at once, by the accounts that it is listed by.
    """
    return whole(countries.country_accounts(request.scope, country))


@resource.put("/chart/countries/{country}/accounts/{listed}", CountryAccount, CONFIGURES)
def save_country_account(
    request: ProgramRequest, country: Country, listed: AccountCode, said: CountryAccountGiven
) -> Any:
    """Tell an account of a country.

    Its books show what is posted to accounts that begin so under it, past entries too.
    """
    row = CountryRow(country, listed, said.account, said.name_fr, said.name_en)
    operations.save_country_account(request.scope, row)
    return row


@resource.get("/chart/mappings", Page[Mapping], CONFIGURES)
def list_chart_mappings(request: ProgramRequest) -> Any:
    """Read what is posted where.

    All of it at once.
    """
    return whole(queries.mappings(request.scope))


@resource.post("/chart/mappings", Mapping, CONFIGURES)
def change_chart_mapping(request: ProgramRequest, said: MappingGiven) -> Any:
    """Post something to another account.

    What is posted already stays where it is.
    """
    operations.change_mapping(request.scope, said.kind, said.name, said.account, since=said.since)
    return queries.mapping(request.scope, said.kind, said.name)
