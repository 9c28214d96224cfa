"""The chart of accounts, and what is posted where: whatever has no account in it is named before it hurts."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Exists, Max, OuterRef, QuerySet, Sum

from encaisse.catalog.models import Product
from encaisse.invoice.models import Series
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.ledger import models
from encaisse.ledger.models import Account, Posting
from encaisse.ledger.rules import CARRIED, FIXED, RECEIVABLE, TILLS
from encaisse.tax.models import Component


class AccountRow(NamedTuple):
    """One account: its code, its names, whether anything was posted to it, and whether it is closed."""

    code: str
    name_fr: str
    name_en: str
    is_used: bool
    is_closed: bool


class Posted(NamedTuple):
    """What is posted to an account: `kind` is product, tax, method, receivable or one that is fixed; `name` says which.

    `title` is what people call it. From `next_from` on it is posted to `next_account`, when that is planned.
    """

    kind: str
    name: str
    title: str
    account: str
    is_there: bool = True
    next_account: str = ""
    next_from: dt.date | None = None


class Balance(NamedTuple):
    """What an account comes to in the books of one legal entity, debit positive."""

    legal_entity: str
    balance_minor: int
    currency: str


class Change(NamedTuple):
    """An account that something is posted to since a day, and who said so."""

    valid_from: dt.date
    account: str
    actor_label: str
    recorded_at: dt.datetime


def chart(scope: Scope) -> tuple[AccountRow, ...]:
    """Every account, in the order of the chart. Raises NotPermitted."""
    scope.require("configure")
    rows = Account.objects.annotate(is_used=Exists(Posting.objects.filter(account_id=OuterRef("pk"))))
    return tuple(AccountRow(*row) for row in rows.order_by("code").values_list(*AccountRow._fields))


def account(scope: Scope, code: str) -> AccountRow:
    """One of them. Raises NotPermitted, NotFound."""
    found = next((row for row in chart(scope) if row.code == code), None)
    if found is None:
        raise NotFound(noun="ledger_account")
    return found


def mappings(scope: Scope) -> tuple[Posted, ...]:
    """Everything that posts, and where. Raises NotPermitted."""
    scope.require("configure")
    known = set(Account.objects.filter(is_closed=False).values_list("code", flat=True))
    return tuple(each._replace(is_there=each.account in known) for each in posted())


def mapping(scope: Scope, kind: str, name: str) -> Posted:
    """One of them, when its account may be changed. Raises NotPermitted, NotFound."""
    subject(kind, name)
    return next(each for each in mappings(scope) if (each.kind, each.name) == (kind, name))


def changes(scope: Scope, kind: str, name: str) -> tuple[Change, ...]:
    """The accounts that it was given, the newest first. Raises NotPermitted, NotFound."""
    scope.require("configure")
    rows = _rows(kind, name).order_by("-valid_from", "-pk")
    return tuple(
        Change(*row) for row in rows.values_list("valid_from", "account__code", "actor_label", "recorded_at")
    )


def posted() -> Iterator[Posted]:
    """Everything that posts, where it posts today, and where it will."""
    today, planned = clock.now().date(), _planned()
    for kind, name, title, opened_with in _subjects():
        account, later = opened_with, (dt.date.max, "")
        for valid_from, code in planned.get((kind, name), ()):
            if valid_from <= today:
                account = code
            elif valid_from <= later[0]:
                later = (valid_from, code)
        yield Posted(
            kind, name, title, account, next_account=later[1], next_from=later[0] if later[1] else None
        )


def uses(code: str) -> Iterator[Posted]:
    """What is posted to the account today, or will be."""
    planned = _planned()
    for each in posted():
        later = {account for valid_from, account in planned.get((each.kind, each.name), ())
                 if valid_from > clock.now().date()}  # fmt: skip
        if code in {each.account, *later}:
            yield each


def balances(code: str) -> Iterator[Balance]:
    """The legal entities in whose books the account is not nil."""
    sums = Posting.objects.filter(account__code=code).order_by().values_list(
        "entry__legal_entity__identity__name", "entry__legal_entity__currency"
    ).annotate(left=Sum("amount_minor"))  # fmt: skip
    yield from (Balance(name, int(left), currency) for name, currency, left in sums if left)


def subject(kind: str, name: str) -> dict[str, Any]:
    """The columns of a mapping that say what it is about. Raises NotFound."""
    match kind:
        case "receivable" if not name:
            return {}
        case "method" if name in TILLS and name != CARRIED:
            return {"method": name}
        case "product":
            key = Product.objects.filter(code=name).values_list("pk", flat=True).first()
            if key is not None:
                return {"product_id": key}
        case "tax":
            code, _, position = name.rpartition("-")
            found = Component.objects.filter(tax__code=code, position=position if position.isdecimal() else 0)
            key = found.values_list("pk", flat=True).first()
            if key is not None:
                return {"component_id": key}
    raise NotFound(noun="mapping")


def account_on(kind: str, name: str, day: dt.date) -> str:
    """The account to which what customers owe, or money by a method, is posted on a day."""
    if name == CARRIED:
        return TILLS[name].account
    row = _rows(kind, name).filter(valid_from__lte=day).order_by("-valid_from", "-pk").first()
    if row is not None:
        return row.account.code
    return RECEIVABLE if kind == "receivable" else TILLS[name].account


def accounts_since(kind: str, name: str, day: dt.date) -> set[str]:
    """Every account to which it is posted on that day or later. Raises NotFound."""
    opened_with = next(row[3] for row in _subjects() if row[:2] == (kind, name))
    rows = _rows(kind, name).order_by("valid_from", "pk").values_list("valid_from", "account__code")
    before = [code for valid_from, code in rows if valid_from <= day]
    return {(before or [opened_with])[-1]} | {code for valid_from, code in rows if valid_from > day}


def issued_until() -> dt.date | None:
    """The last day on which any document was issued."""
    last: dt.date | None = Series.objects.aggregate(last=Max("last_issue_date"))["last"]
    return last


def revenue_accounts(on: dt.date) -> dict[int, str]:
    """The account of what is sold of each product on a day, by its key."""
    accounts = dict(Product.objects.values_list("pk", "revenue_account"))
    rows = models.Mapping.objects.filter(product__isnull=False, valid_from__lte=on)
    return accounts | dict(rows.order_by("valid_from", "pk").values_list("product_id", "account__code"))


def last_accounts() -> dict[str, str]:
    """The last account that each product was given, by its code."""
    rows = models.Mapping.objects.filter(product__isnull=False).order_by("valid_from", "pk")
    accounts = dict(Product.objects.values_list("code", "revenue_account"))
    return accounts | dict(rows.values_list("product__code", "account__code"))


def _rows(kind: str, name: str) -> QuerySet[models.Mapping]:
    return models.Mapping.objects.filter(kind=kind, **subject(kind, name)).select_related("account")


def _planned() -> dict[tuple[str, str], list[tuple[dt.date, str]]]:
    """The accounts that each was given, in the order in which they hold, the later said winning."""
    rows = models.Mapping.objects.select_related("account", "component__tax", "product")
    found: dict[tuple[str, str], list[tuple[dt.date, str]]] = {}
    for row in rows.order_by("valid_from", "pk"):
        found.setdefault((row.kind, _name(row)), []).append((row.valid_from, row.account.code))
    return found


def _name(row: models.Mapping) -> str:
    if row.component:
        return f"{row.component.tax.code}-{row.component.position}"
    return row.product.code if row.product else row.method


def _subjects() -> Iterator[tuple[str, str, str, str]]:
    """Everything that posts, and the account that it began with."""
    yield "receivable", "", "", RECEIVABLE
    yield from ((kind, "", "", account) for kind, account in FIXED.items())
    for method, till in TILLS.items():
        if method == CARRIED:
            continue
        yield "method", method, method, till.account
    components = Component.objects.select_related("tax").order_by("tax__code", "position")
    for each in components:
        yield "tax", f"{each.tax.code}-{each.position}", f"{each.tax.code} · {each.label_fr}", each.account
    for code, name, account in Product.objects.order_by("code").values_list(
        "code", "name_fr", "revenue_account"
    ):
        yield "product", code, f"{code} · {name}", account
