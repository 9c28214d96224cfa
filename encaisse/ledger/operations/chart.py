"""The chart and what is posted where: accounts opened, renamed, closed, and mappings that hold from a day on."""

import datetime as dt
import re
from typing import Final

from django.db import transaction

from encaisse.catalog.models import Product
from encaisse.kernel import clock, events, sql
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Actor, Scope
from encaisse.ledger.errors import (
    AccountClosed,
    AccountCodeInvalid,
    AccountInUse,
    AccountNotNil,
    AccountOfAnotherClass,
    AccountsNotInChart,
    MappingTooEarly,
)
from encaisse.ledger.models import Account, Mapping
from encaisse.ledger.queries import chart as queries
from encaisse.ledger.rules import CHART, CLASSES, SETTLED_WITH_THE_YEAR

# Source: plan comptable général (règlement ANC 2014-03), classes 1 to 7.
ACCOUNT_CODE: Final = re.compile(r"^[1-7][0-9]{1,9}$")


@transaction.atomic
def install_chart() -> int:
    """Every account that we post to exists; those that an accountant renamed keep their names.

    Returns how many were added; a second call adds none.
    """
    before = Account.objects.count()
    accounts = [Account(**account._asdict()) for account in CHART]
    Account.objects.bulk_create(accounts, ignore_conflicts=True)
    return Account.objects.count() - before


def open_revenue_accounts() -> int:
    """Every product's revenue account is in the chart, so that what is sold can be booked.

    Returns how many were added; a second call adds none.
    """
    return sql.execute("ledger", "open_revenue_accounts")


@transaction.atomic
def save_account(scope: Scope, code: str, *, name_fr: str, name_en: str) -> None:
    """The chart has this account under these names; one that it had keeps its code for ever.

    Raises NotPermitted, AccountCodeInvalid.
    """
    _require_everything(scope)
    if not ACCOUNT_CODE.match(code):
        raise AccountCodeInvalid(account=code)
    names = {"name_fr": name_fr, "name_en": name_en}
    account, is_new = Account.objects.update_or_create(code=code, defaults=names)
    topic = "chart.account_added" if is_new else "chart.account_renamed"
    events.record(topic, "ledger_account", account.pk, scope.actor, account=code, name=name_fr)


@transaction.atomic
def close_account(scope: Scope, code: str) -> None:
    """The account takes no posting any more. Its row is locked, which waits for what is being posted to it.

    Raises NotPermitted, NotFound; AccountInUse while anything is posted to it or will be; AccountNotNil while an
    account of the balance sheet is not nil: those of income and charges are settled with the year.
    """
    account = _locked_account(scope, code)
    for use in queries.uses(code):
        raise AccountInUse(account=code, kind=use.kind, name=use.title or use.kind)
    for balance in () if code.startswith(SETTLED_WITH_THE_YEAR) else queries.balances(code):
        raise AccountNotNil(account=code, **balance._asdict())
    _set_closed(scope, account, is_closed=True)


@transaction.atomic
def reopen_account(scope: Scope, code: str) -> None:
    """The account takes postings again. Raises NotPermitted, NotFound."""
    _set_closed(scope, _locked_account(scope, code), is_closed=False)


def _set_closed(scope: Scope, account: Account, *, is_closed: bool) -> None:
    if account.is_closed != is_closed:
        account.is_closed = is_closed
        account.save(update_fields=["is_closed"])
        topic = "chart.account_closed" if is_closed else "chart.account_reopened"
        events.record(topic, "ledger_account", account.pk, scope.actor, account=account.code)


def _locked_account(scope: Scope, code: str) -> Account:
    _require_everything(scope)
    account = Account.objects.select_for_update(no_key=True).filter(code=code).first()
    if account is None:
        raise NotFound(noun="ledger_account")
    return account


def _require_everything(scope: Scope) -> None:
    """The chart is of every legal entity, and so for who sees them all. Raises NotPermitted."""
    scope.require("configure")
    if not scope.sees_everything:
        raise NotPermitted(permission="configure")


@transaction.atomic
def change_mapping(scope: Scope, kind: str, name: str, code: str, *, since: dt.date | None = None) -> bool:
    """What is named so is posted to the account from this day on, and what is posted already stays as it is.

    `name` is a payment method, the code of a product, or that of a tax and the position of its component. Without
    a day it is the first that no document was issued on, today at the earliest. Returns whether anything
    changed. Waits until nobody issues. Raises NotPermitted, NotFound, AccountOfAnotherClass, AccountsNotInChart,
    AccountClosed, MappingTooEarly.
    """
    _require_everything(scope)
    return map_to(kind, name, code, since=since, actor=scope.actor)


@transaction.atomic
def map_to(kind: str, name: str, code: str, *, since: dt.date | None = None, actor: Actor) -> bool:
    """The same for whoever is permitted otherwise. Raises as `change_mapping` does, but NotPermitted."""
    sql.execute("ledger", "claim_mappings")
    subject = queries.subject(kind, name)
    if not code.startswith(CLASSES[kind]):
        raise AccountOfAnotherClass(account=code, classes=CLASSES[kind])
    accounts = require_accounts(code)
    issued = queries.issued_until() if kind != "method" else None
    if issued and since and since <= issued:
        raise MappingTooEarly(issued_until=issued)
    day = since or first_day(kind)
    if queries.accounts_since(kind, name, day) == {code}:
        return False
    who = {"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}
    Mapping.objects.create(kind=kind, **subject, account_id=accounts[code], valid_from=day, **who)
    facts = {"mapping": kind, "mapped": name, "account": code, "since": day.isoformat()}
    events.record("chart.mapping_changed", "ledger_account", accounts[code], actor, **facts)
    return True


def first_day(kind: str) -> dt.date:
    """The first day, today at the earliest, from which another account may be told for what is of this kind."""
    issued = queries.issued_until() if kind != "method" else None
    today = clock.now().date()
    return max(today, issued + dt.timedelta(1)) if issued else today


@transaction.atomic
def move_product(product: str, code: str, *, actor: Actor) -> None:
    """The product is posted to the account from now on; one that the chart lacks is opened under its name.

    Raises as `map_to` does.
    """
    names = Product.objects.filter(code=product).values("name_fr", "name_en").first()
    Account.objects.get_or_create(code=code, defaults=names)
    map_to("product", product, code, actor=actor)


def require_accounts(*codes: str) -> dict[str, int]:
    """The keys of these accounts. Raises AccountsNotInChart, AccountClosed."""
    accounts = {account.code: account for account in Account.objects.filter(code__in=codes)}
    if missing := set(codes) - accounts.keys():
        raise AccountsNotInChart(codes=tuple(sorted(missing)))
    for code in codes:
        if accounts[code].is_closed:
            raise AccountClosed(account=code)
    return {code: account.pk for code, account in accounts.items()}
