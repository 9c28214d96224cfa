"""The charts of countries: what the books of an entity there call each account."""

import re
from typing import Final

from django.db import transaction

from encaisse.kernel import events
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Scope
from encaisse.ledger import morocco
from encaisse.ledger.errors import AccountCodeInvalid
from encaisse.ledger.models import CountryAccount
from encaisse.ledger.queries.countries import CountryRow
from encaisse.ledger.rules import ChartAccount
from encaisse.party.models import LegalEntity

CODE: Final = re.compile("[1-8][0-9]{1,9}")
LISTED: Final = re.compile("[1-8][0-9]{0,9}")
CHARTS: Final = {morocco.CHART: morocco.ACCOUNTS}


@transaction.atomic
def install_country_charts() -> int:
    """The charts of the countries where legal entities keep their books are there. Returns how many rows were missing.

    Repeatable: what an accountant changed of them stays as it is.
    """
    used = set(LegalEntity.objects.values_list("chart", flat=True)) & CHARTS.keys()
    before = CountryAccount.objects.count()
    CountryAccount.objects.bulk_create(
        (
            CountryAccount(chart=chart, listed=listed, **account._asdict())
            for chart in sorted(used)
            for listed, account in CHARTS[chart].items()
        ),
        ignore_conflicts=True,
    )
    return CountryAccount.objects.count() - before


@transaction.atomic
def save_country_account(scope: Scope, row: CountryRow) -> None:
    """Books of that country show what is posted to accounts that begin so under this account, those of the past too.

    The account has one name, whatever is under it. Raises NotPermitted, NotFound, AccountCodeInvalid.
    """
    scope.require("configure")
    if not scope.sees_everything:
        raise NotPermitted(permission="configure")
    if not LegalEntity.objects.filter(chart=row.chart).exists() or row.chart not in CHARTS:
        raise NotFound(noun="chart")
    for code, form in ((row.code, CODE), (row.listed, LISTED)):
        if not form.fullmatch(code):
            raise AccountCodeInvalid(account=code)
    account = ChartAccount(row.code, row.name_fr, row.name_en)
    CountryAccount.objects.filter(chart=row.chart, code=row.code).update(**account._asdict())
    made, _ = CountryAccount.objects.update_or_create(
        chart=row.chart, listed=row.listed, defaults=account._asdict()
    )
    events.record("chart.country_account_told", "country_account", made.pk, scope.actor, **row._asdict())
