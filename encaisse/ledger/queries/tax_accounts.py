"""The accounts of taxes through time: what is issued between two changes is posted to one account, for ever."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Case, IntegerField, Value, When

from encaisse.ledger.models import Mapping
from encaisse.tax.models import Component


class TaxAccounts(NamedTuple):
    """The account of a component, by its tax, its position and the age in which a document was issued.

    `since` are the days on which some account changed: the ages between them are counted from 0.
    """

    since: tuple[dt.date, ...]
    accounts: dict[tuple[int, int, int], str]

    def age(self, issued: str) -> Case:
        """The age of a document, whose day of issue is in this column."""
        whens = [
            When(**{f"{issued}__gte": day}, then=Value(age))
            for age, day in reversed([*enumerate(self.since, 1)])
        ]
        return Case(*whens, default=Value(0), output_field=IntegerField())


def tax_accounts() -> TaxAccounts:
    """Those of every tax."""
    changes = Mapping.objects.filter(component__isnull=False).order_by("valid_from", "pk")
    said = list(changes.values_list("component_id", "valid_from", "account__code"))
    since = tuple(sorted({valid_from for _, valid_from, _ in said}))
    accounts = {}
    for key, tax_id, position, account in Component.objects.values_list(
        "pk", "tax_id", "position", "account"
    ):
        for age, day in enumerate((dt.date.min, *since)):
            changed = [code for component, valid_from, code in said if component == key and valid_from <= day]
            accounts[tax_id, position, age] = [account, *changed][-1]
    return TaxAccounts(since, accounts)
