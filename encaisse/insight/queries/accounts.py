"""Customers and billing accounts with what they owe: the facts of their pages, read across packages."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from django.db.models import F, Q, QuerySet, Sum

from encaisse.insight.queries import timeline
from encaisse.insight.queries.timeline import Happening
from encaisse.invoice.models import Invoice, InvoiceKind
from encaisse.invoice.queries.lists import OPEN, OVERDUE, InvoiceRow, business_days, invoices, late
from encaisse.invoice.queries.lists import Wanted as WantedInvoices
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.queries import AccountDetail, AccountRow, CustomerDetail
from encaisse.payment import queries as payment
from encaisse.payment.models import Payment, PaymentState
from encaisse.payment.queries import PaymentRow
from encaisse.subscription import queries as subscription
from encaisse.subscription.queries import ContractRow

SOME: Final = Window(size=20)


class Balance(NamedTuple):
    """What is owed in one currency: open invoices less credit notes and payments still to be laid on them."""

    currency: str
    open_minor: int = 0
    overdue_minor: int = 0
    unused_minor: int = 0

    @property
    def balance_minor(self) -> int:
        """What is owed in the end, as the ledger's account of the customer says; negative when we owe."""
        return self.open_minor - self.unused_minor


class OwingCustomer(NamedTuple):
    """One customer of the list, the columns of `party.CustomerRow` and what the visible accounts owe."""

    id: int
    reference: str
    name: str
    rep: str | None
    since_date: dt.date | None
    accounts: int
    balances: tuple[Balance, ...]


class OwingAccount(NamedTuple):
    """One account of a customer and what it owes."""

    account: AccountRow
    balances: tuple[Balance, ...]


class CustomerPage(NamedTuple):
    """A customer, what is owed in all and by account, the contracts, and what happened."""

    customer: CustomerDetail
    balances: tuple[Balance, ...]
    accounts: tuple[OwingAccount, ...]
    contracts: tuple[ContractRow, ...]
    happenings: list[Happening]


class AccountPage(NamedTuple):
    """A billing account, what it owes, its open documents, latest payments and contracts, and what
    happened."""

    account: AccountDetail
    balances: tuple[Balance, ...]
    open_documents: list[InvoiceRow]
    payments: list[PaymentRow]
    contracts: tuple[ContractRow, ...]
    happenings: list[Happening]


def customers(scope: Scope, wanted: party.Wanted, *, window: Window) -> Found[OwingCustomer]:
    """One window of the customers wanted, with what each owes."""
    found = party.customers(scope, wanted, window=window)
    owed = _balances(scope, "account__customer_id", [row.id for row in found.rows])
    return Found(tuple(OwingCustomer(*row, owed[row.id]) for row in found.rows), found.total)


def customer(scope: Scope, customer_id: int) -> CustomerPage:
    """Everything that the page of a customer shows. Raises NotFound."""
    found = party.customer(scope, customer_id)
    owed = _balances(scope, "account_id", [row.id for row in found.accounts])
    wanted = subscription.Wanted(customer_id=customer_id)
    return CustomerPage(
        customer=found,
        balances=_together(owed.values()),
        accounts=tuple(OwingAccount(row, owed[row.id]) for row in found.accounts),
        contracts=subscription.contracts(scope, wanted, window=SOME).rows,
        happenings=timeline.of_customer(scope, customer_id),
    )


def account(scope: Scope, account_id: int) -> AccountPage:
    """Everything that the page of a billing account shows. Raises NotFound."""
    found = party.account(scope, account_id)
    unsettled = WantedInvoices(account_id=account_id, settlement="open")
    return AccountPage(
        account=found,
        balances=_balances(scope, "account_id", [account_id])[account_id],
        open_documents=invoices(
            scope, unsettled, window=Window("due_date", 0, SOME.size), counted=False
        ).rows,
        payments=payment.payments(
            scope, payment.Wanted(account_id=account_id), limit=SOME.size, count=False
        ).rows,
        contracts=subscription.contracts(scope, subscription.Wanted(account_id=account_id), window=SOME).rows,
        happenings=timeline.of_account(scope, account_id),
    )


def _balances(scope: Scope, owner: str, keys: list[int]) -> Mapping[int, tuple[Balance, ...]]:
    """What each owner owes by currency; `owner` is the column, of invoices and payments alike, that names
    it."""
    sums: dict[tuple[int, str], Balance] = defaultdict(lambda: Balance(""))
    whose = Q(**{f"{owner}__in": keys})
    for key, currency, still_open, overdue, unused in _documents(scope, owner, whose):
        sums[key, currency] = Balance(currency, still_open, overdue, unused)
    for key, currency, left in _payments(scope, owner, whose):
        known = sums[key, currency]
        sums[key, currency] = known._replace(currency=currency, unused_minor=known.unused_minor + left)
    owed: dict[int, tuple[Balance, ...]] = dict.fromkeys(keys, ())
    for (key, _), balance in sorted(sums.items()):
        owed[key] += (balance,)
    return owed


def _documents(scope: Scope, owner: str, whose: Q) -> "QuerySet[Invoice, tuple[int, str, int, int, int]]":
    claims = Q(kind=InvoiceKind.INVOICE)
    return (
        Invoice.objects.visible_to(scope)
        .still_open()
        .filter(whose)
        .order_by()
        .values_list(owner, "currency")
        .annotate(
            still_open=Sum(OPEN, filter=claims, default=0),
            overdue=Sum(OPEN, filter=claims & late(OVERDUE, business_days()), default=0),
            unused=-Sum(OPEN, filter=~claims, default=0),
        )
    )


def _payments(scope: Scope, owner: str, whose: Q) -> "QuerySet[Payment, tuple[int, str, int]]":
    left = F("amount_minor") - F("allocated_minor")
    received = Payment.objects.visible_to(scope).filter(whose, state=PaymentState.RECEIVED)
    return received.order_by().values_list(owner, "currency").annotate(left=Sum(left))


def _together(owed: Iterable[tuple[Balance, ...]]) -> tuple[Balance, ...]:
    sums: dict[str, Balance] = {}
    for balances in owed:
        for each in balances:
            known = sums.get(each.currency, Balance(each.currency))
            sums[each.currency] = Balance(
                each.currency,
                known.open_minor + each.open_minor,
                known.overdue_minor + each.overdue_minor,
                known.unused_minor + each.unused_minor,
            )
    return tuple(sums[currency] for currency in sorted(sums))
