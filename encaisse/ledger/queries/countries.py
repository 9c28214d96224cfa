"""The accounts of a country: what each account of the operating chart is called in the chart of an entity's country."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from django.db.models import Q

from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.ledger.models import Account, CountryAccount
from encaisse.ledger.rules import OPERATING, ChartAccount, answering
from encaisse.party.models import LegalEntity

_NAMES: Final = ChartAccount._fields


class CountryRow(NamedTuple):
    """What is posted to accounts that begin so is in the books of a country under this account."""

    chart: str
    listed: str
    code: str
    name_fr: str
    name_en: str


class Countries(NamedTuple):
    """The charts of all countries, read once: by chart and what is listed."""

    listed: Mapping[str, Mapping[str, ChartAccount]]

    def of(self, chart: str, operating: ChartAccount) -> ChartAccount:
        """The account of the entity's country that an account of the operating chart is in its books."""
        return answering(self.listed.get(chart, {}), operating.code) or operating

    def code(self, chart: str, operating: str) -> str:
        """The same by its code alone."""
        return self.of(chart, ChartAccount(operating, "", "")).code

    def entry(self, chart: str, operating: Mapping[str, int]) -> dict[str, int]:
        """What is posted to each account of the country."""
        shown: dict[str, int] = {}
        for code, amount_minor in operating.items():
            account = self.code(chart, code)
            shown[account] = shown.get(account, 0) + amount_minor
        return shown

    def charts(self) -> Iterator[str]:
        """Each chart beside the operating one."""
        yield from sorted(self.listed)


def countries() -> Countries:
    """Those that there are. Read for the system: names of accounts are nobody's secret."""
    found: dict[str, dict[str, ChartAccount]] = {}
    for chart, listed, *account in CountryAccount.objects.values_list(*CountryRow._fields):
        found.setdefault(chart, {})[listed] = ChartAccount(*account)
    return Countries(found)


def charts_of(entity_ids: Iterable[int]) -> dict[int, str]:
    """The chart of each of these entities."""
    return dict(LegalEntity.objects.filter(pk__in=set(entity_ids)).values_list("pk", "chart"))


def shown_as(code: str, entity: str) -> Q:
    """The condition on rows of `account` that books show under this code; `entity` leads from a row to its entity.

    Raises NotFound where no chart has such an account.
    """
    told = countries()
    accounts = [(key, ChartAccount(*row)) for key, *row in Account.objects.values_list("pk", *_NAMES)]
    found = Q(pk__in=())
    known = False
    for chart in (OPERATING, *told.charts()):
        keys = [key for key, operating in accounts if told.of(chart, operating).code == code]
        if keys:
            known = True
            found |= Q(**{"account_id__in": keys, f"{entity}chart": chart})
    if not known:
        raise NotFound(noun="ledger_account")
    return found


def country_accounts(scope: Scope, chart: str) -> tuple[CountryRow, ...]:
    """What a chart lists, in the order of the operating accounts. Raises NotPermitted."""
    scope.require("configure")
    rows = CountryAccount.objects.filter(chart=chart).order_by("listed")
    return tuple(CountryRow(*row) for row in rows.values_list(*CountryRow._fields))


def charts_in_use(scope: Scope) -> tuple[str, ...]:
    """The charts beside the operating one by which some legal entity keeps its books. Raises NotPermitted."""
    scope.require("configure")
    used = LegalEntity.objects.exclude(chart=OPERATING).order_by("chart")
    return tuple(used.values_list("chart", flat=True).distinct())
