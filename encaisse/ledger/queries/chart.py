"""The chart of accounts, and what is posted where: whatever has no account in it is named before it hurts."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Exists, OuterRef

from encaisse.catalog.models import Product
from encaisse.kernel.scope import Scope
from encaisse.ledger.models import Account, Posting
from encaisse.ledger.rules import RECEIVABLE, TILLS, VAT_WAITING
from encaisse.tax.models import Component


class AccountRow(NamedTuple):
    """One account: its code, its names, and whether anything was posted to it."""

    code: str
    name_fr: str
    name_en: str
    is_used: bool


class Posted(NamedTuple):
    """What is posted to an account: `kind` is product, tax, method, receivable or waiting; `name` says which."""

    kind: str
    name: str
    account: str
    is_there: bool


def chart(scope: Scope) -> tuple[AccountRow, ...]:
    """Every account, in the order of the chart. Raises NotPermitted."""
    scope.require("configure")
    rows = Account.objects.annotate(is_used=Exists(Posting.objects.filter(account_id=OuterRef("pk"))))
    return tuple(AccountRow(*row) for row in rows.order_by("code").values_list(*AccountRow._fields))


def mappings(scope: Scope) -> tuple[Posted, ...]:
    """Everything that posts, and where. Raises NotPermitted."""
    scope.require("configure")
    known = set(Account.objects.values_list("code", flat=True))
    return tuple(Posted(kind, name, account, account in known) for kind, name, account in _posted())


def _posted() -> Iterator[tuple[str, str, str]]:
    yield "receivable", "", RECEIVABLE
    yield "waiting", "", VAT_WAITING
    for method, till in TILLS.items():
        yield "method", method, till.account
    components = Component.objects.select_related("tax").order_by("tax__code", "position")
    for component in components:
        yield "tax", f"{component.tax.code} · {component.label_fr}", component.account
    for code, name, account in Product.objects.order_by("code").values_list(
        "code", "name_fr", "revenue_account"
    ):
        yield "product", f"{code} · {name}", account
