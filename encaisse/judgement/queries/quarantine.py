"""What waits in quarantine, and why."""

import datetime as dt
from collections.abc import Mapping
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from encaisse.judgement.models import Finding, Quarantine, Rule
from encaisse.kernel.lists import Window, counted, few_or_query
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, Customer
from encaisse.party.rules.names import sort_key

# By key, which is the order in which documents came in.
ORDERS: Final[Mapping[str, str]] = {"since": "invoice_id", "amount": "gross_minor"}
# Rules are offered by what they caught of so many, which is most of a quarantine that people keep up with.
LOOKED_AT: Final = 500


class Wanted(NamedTuple):
    """What the list is asked for; an empty field asks nothing. `text` finds a customer or an account."""

    text: str = ""
    verdict: str = ""
    entity_id: int | None = None
    run_id: int | None = None
    rule_id: int | None = None


class QuarantinedRow(NamedTuple):
    """One document that waits. `rules` are the names of those that caught it, the worst first."""

    id: int
    kind: str
    customer_id: int
    customer: str
    account_id: int
    account: str
    entity_id: int
    entity: str
    run_id: int
    verdict: str
    since: dt.datetime
    net_minor: int
    gross_minor: int
    currency: str
    rules: tuple[str, ...] = ()


class Held(NamedTuple):
    """One window of them; `total` is None when there were too many to count."""

    rows: tuple[QuarantinedRow, ...]
    total: int | None
    more: bool


EVERY: Final = Wanted()
FIRST: Final = Window()


def quarantined(scope: Scope, wanted: Wanted = EVERY, *, window: Window = FIRST) -> Held:
    """One window of the visible documents that wait in quarantine, the oldest first unless the sort says otherwise."""
    found = _wanted(scope, wanted)
    cut = Window(window.sort, window.offset, window.size + 1, window.after)
    keys = list(cut.cut(found, ORDERS).values_list("pk", flat=True))
    total = counted(found) if window.after is None else None
    return Held(_rows(keys[: window.size]), total, more=len(keys) > window.size)


def waiting_of_run(scope: Scope, run_id: int) -> int:
    """How many visible documents of a run wait."""
    return _wanted(scope, Wanted(run_id=run_id)).count()


def _wanted(scope: Scope, wanted: Wanted) -> "QuerySet[Quarantine]":
    found = Quarantine.objects.filter(decision="")
    if not scope.sees_every_row:
        found = found.filter(account_id__in=BillingAccount.objects.visible_to(scope).values("pk"))
    same = {
        "verdict": wanted.verdict, "legal_entity_id": wanted.entity_id, "run_id": wanted.run_id,
    }  # fmt: skip
    found = found.filter(**{name: value for name, value in same.items() if value})
    if wanted.rule_id:
        caught = Finding.objects.filter(rule_id=wanted.rule_id)
        found = found.filter(pk__in=caught.values("invoice_id"))
    if wanted.text:
        found = found.filter(_of_text(wanted.text))
    return found


def _of_text(text: str) -> Q:
    named = Customer.objects.filter(Q(sort_key__contains=sort_key(text)) | Q(reference__iexact=text))
    theirs = BillingAccount.objects.filter(customer__in=named.values("pk"))
    own = BillingAccount.objects.filter(reference__iexact=text).values_list("pk", flat=True)
    return Q(account_id__in=few_or_query(theirs, "pk")) | Q(account_id__in=list(own))


def _rows(keys: list[int]) -> tuple[QuarantinedRow, ...]:
    names: dict[int, list[str]] = {}
    caught = Finding.objects.filter(invoice_id__in=keys).order_by("verdict", "-rule__priority", "pk")
    for invoice_id, name in caught.values_list("invoice_id", "rule__name"):
        names.setdefault(invoice_id, []).append(name)
    found = Quarantine.objects.filter(pk__in=keys).values_list(
        "pk", "invoice__kind", "account__customer_id", "account__customer__name", "account_id", "account__reference",
        "legal_entity_id", "legal_entity__identity__name", "run_id", "verdict", "since", "invoice__net_minor",
        "invoice__gross_minor", "invoice__currency",
    )  # fmt: skip
    rows = {row[0]: QuarantinedRow(*row, tuple(names.get(row[0], ()))) for row in found}
    return tuple(rows[key] for key in keys)


def rules_at_work(scope: Scope) -> list[tuple[int, str]]:
    """The rules that caught one of the documents which wait longest: key and name."""
    waiting = _wanted(scope, EVERY).order_by("pk").values("pk")[:LOOKED_AT]
    caught = Finding.objects.filter(invoice_id__in=waiting).values_list("rule_id", flat=True).distinct()
    return list(Rule.objects.filter(pk__in=list(caught)).order_by("name").values_list("pk", "name"))
