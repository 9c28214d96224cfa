"""One question over everything that the asker may see: customers, documents, payments."""

from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import Q, Value
from django.db.models.functions import Concat

from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.invoice.queries.lists import InvoiceRow, Wanted, invoices
from encaisse.kernel.lists import Window, few_or_query
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, Customer, PartyState
from encaisse.party.rules.names import sort_key
from encaisse.payment import queries as payments
from encaisse.payment.queries import PaymentRow

FIRST: Final = Window(size=10)


class CustomerHit(NamedTuple):
    """A customer found."""

    id: int
    reference: str
    name: str


class Hits(NamedTuple):
    """The first of each kind, the best known order of each."""

    customers: tuple[CustomerHit, ...]
    invoices: tuple[InvoiceRow, ...]
    payments: tuple[PaymentRow, ...]


def search(scope: Scope, text: str, amount: Decimal | None = None) -> Hits:
    """Customers by name or reference; documents by number, customer or `amount` once issued; payments by reference."""
    if not text:
        return Hits((), (), ())
    found = invoices(scope, Wanted(text=text), window=FIRST, counted=False).rows
    if amount is not None:
        found += invoices(
            scope, Wanted(amount=amount, state=InvoiceState.ISSUED), window=FIRST, counted=False
        ).rows
    paid = payments.payments(scope, payments.Wanted(text=text), limit=FIRST.size, count=False).rows
    documents = tuple({row.id: row for row in found}.values())[: FIRST.size]
    return Hits(_customers(scope, text), documents, tuple(paid))


def _customers(scope: Scope, text: str) -> tuple[CustomerHit, ...]:
    paying = BillingAccount.objects.visible_to(scope).filter(reference__iexact=text)
    visible = Customer.objects.visible_to(scope).exclude(state=PartyState.WITHDRAWN)
    named = visible.filter(
        Q(sort_key__contains=sort_key(text))
        | Q(reference__istartswith=text)
        | Q(pk__in=few_or_query(paying, "customer_id"))
    )
    # Sorted once found: in the order of names an index would be read up to the first of them.
    found = named.order_by(Concat("sort_key", Value("")), "pk").values_list("pk", "reference", "name")
    return tuple(CustomerHit(*row) for row in found[: FIRST.size])


def account_named(scope: Scope, text: str) -> int | None:
    """The one account that a reference means: its own, its customer's, or that of an invoice's number."""
    accounts = BillingAccount.objects.visible_to(scope)
    issued = Invoice.objects.visible_to(scope).issued().filter(number=text.upper())
    meant = (
        Q(reference__iexact=text),
        Q(customer__reference__iexact=text),
        Q(pk__in=issued.values("account_id")),
    )
    for condition in meant:
        found = list(accounts.filter(condition).values_list("pk", flat=True)[:2])
        if len(found) == 1:
            return int(found[0])
    return None
