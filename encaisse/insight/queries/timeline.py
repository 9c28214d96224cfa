"""What happened to one object, newest first: kernel events, and the rows that are events of their own."""

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar

from django.db.models import Q, QuerySet

from encaisse.allocation.models import Allocation
from encaisse.billing.queries.runs import visible_runs
from encaisse.delivery.models import Delivery
from encaisse.deposit.models import Deposit, Movement
from encaisse.document.models import Document, Failure, Verdict
from encaisse.document.queries.checks import UNREAD
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.kernel.errors import NotFound
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, Customer
from encaisse.payment.models import Method, Payment
from encaisse.subscription.models import Subscription

Rows = TypeVar("Rows", bound=QuerySet[Any])
LATEST: Final = 50
# An event over a range of rows may cover rows that it left out; a row in another state was.
REACHED: Final = {"invoice.issued": InvoiceState.ISSUED, "invoice.cancelled": InvoiceState.CANCELLED}

# What the documents that are no originals are told as.
MADE: Final = {"duplicate": "document.duplicated"}
# What a customer's timeline calls the documents of an account.
DERIVED: Final = {
    "invoice": "customer.invoiced",
    "credit_note": "customer.credited",
    "advance": "customer.advance_asked",
}
TAKEN_OVER: Final = "customer.taken_over"
PAID: Final[dict[str, str]] = {
    Method.EXTERNAL: "customer.paid_elsewhere",
    Method.CARRIED: "customer.credit_carried",
}


class Happening(NamedTuple):
    """One thing that happened, to the row `id` of `kind`. `topic` names it, `facts` fill its sentence."""

    at: dt.datetime
    topic: str
    kind: str
    id: int
    actor: str = ""
    actor_kind: str = ""
    facts: Mapping[str, Any] = MappingProxyType({})


def of_invoice(scope: Scope, invoice_id: int) -> list[Happening]:
    """From draft to the last cent, with its documents and their deliveries. Raises NotFound."""
    visible = Invoice.objects.visible_to(scope).filter(pk=invoice_id)
    state = visible.values_list("state", flat=True).first()
    if state is None:
        raise NotFound(noun="invoice")
    return _newest_first(
        [event for event in _events("invoice", [invoice_id]) if REACHED.get(event.topic, state) == state],
        _documents(invoice_id),
        _deliveries(invoice_id),
        _failures(invoice_id),
        _allocations(Q(invoice_id=invoice_id) | Q(credit_note_id=invoice_id)),
    )


def of_payment(scope: Scope, payment_id: int) -> list[Happening]:
    """The payment and what was made of it. Raises NotFound."""
    _seen(Payment.objects.visible_to(scope), payment_id)
    return _newest_first(_events("payment", [payment_id]), _allocations(Q(payment_id=payment_id)))


def of_deposit(scope: Scope, deposit_id: int) -> list[Happening]:
    """The deposit and what moved of it. Raises NotFound."""
    _seen(Deposit.objects.visible_to(scope), deposit_id)
    moved = Movement.objects.filter(deposit_id=deposit_id).values_list(
        "pk", "amount_minor", "deposit__currency", "invoice__number"
    )
    facts = {
        key: {"amount_minor": abs(amount), "currency": currency, "invoice": number or ""}
        for key, amount, currency, number in moved
    }
    told = _events("deposit", [deposit_id])
    return [
        each._replace(facts={**each.facts, **facts.get(each.facts.get("movement", 0), {})}) for each in told
    ]


def of_run(scope: Scope, run_id: int) -> list[Happening]:
    """The run's own steps. Raises NotFound."""
    _seen(visible_runs(scope), run_id)
    return _newest_first(_events("run", [run_id]))


def of_customer(scope: Scope, customer_id: int) -> list[Happening]:
    """The customer, visible accounts and contracts, latest invoices and payments. Raises NotFound."""
    _seen(Customer.objects.visible_to(scope), customer_id)
    accounts = BillingAccount.objects.visible_to(scope).filter(customer_id=customer_id)
    return _of_accounts(scope, accounts, _events("customer", [customer_id]))


def of_account(scope: Scope, account_id: int) -> list[Happening]:
    """One billing account with its contracts, latest invoices and payments. Raises NotFound."""
    accounts = _seen(BillingAccount.objects.visible_to(scope), account_id)
    return _of_accounts(scope, accounts, ())


def _of_accounts(
    scope: Scope, accounts: QuerySet[BillingAccount], own: Iterable[Happening]
) -> list[Happening]:
    ids = list(accounts.order_by("-pk").values_list("pk", flat=True)[:LATEST])
    contracts = Subscription.objects.visible_to(scope).filter(account_id__in=ids).order_by("-pk")
    return _newest_first(
        own,
        _events("billing_account", ids),
        _events("subscription", list(contracts.values_list("pk", flat=True)[:LATEST])),
        _issued(Invoice.objects.visible_to(scope).issued().filter(account_id__in=ids)),
        _received(Payment.objects.visible_to(scope).filter(account_id__in=ids)),
    )


def _seen(found: Rows, key: int) -> Rows:
    """The one row of that key. Raises NotFound."""
    row = found.filter(pk=key)
    if not row.exists():
        raise NotFound(noun=found.model._meta.model_name or "")
    return row


def _newest_first(*parts: Iterable[Happening]) -> list[Happening]:
    return sorted(chain(*parts), key=lambda each: each.at, reverse=True)[:LATEST]


def _events(kind: str, ids: list[int]) -> list[Happening]:
    covering = Q(pk__in=())
    for key in ids:
        covering |= Q(first_id__lte=key, last_id__gte=key)
    # Allocations are told by their own rows, which say how much was laid on what.
    found = Event.objects.filter(covering, kind=kind).exclude(topic__startswith="allocation.")
    return [
        Happening(
            event.at,
            event.topic,
            kind,
            event.first_id,
            event.actor_label,
            event.actor_kind,
            # The facts of a set speak of all its rows, some of which the asker may not see.
            event.facts if event.first_id == event.last_id else {},
        )
        for event in found.order_by("-pk")[:LATEST]
    ]


def _documents(invoice_id: int) -> list[Happening]:
    """Each file that was made, and what the official rules said of it."""
    found = Document.objects.filter(invoice_id=invoice_id).order_by("pk", "checks__pk")
    told: dict[tuple[int, str], Happening] = {}
    checked = ("checks__checked_at", "checks__verdict", "checks__asserts", "checks__rules")
    for key, at, kind, *check in found.values_list("pk", "rendered_at", "kind", *checked):
        topic = MADE.get(kind, "document.made")
        told[key, ""] = Happening(at, topic, "document", key, facts={"format": kind})
        if check[0] is not None:
            told[key, str(check[-1])] = _checked(key, *check)
    return list(told.values())


def _checked(key: int, at: dt.datetime, verdict: str, asserts: list[list[str]], rules: str) -> Happening:
    topic = "document.broken" if verdict == Verdict.FAILED else "document.checked"
    return Happening(at, topic, "document", key, facts={"asserts": asserts, "by": rules})


def _failures(invoice_id: int) -> list[Happening]:
    found = Failure.objects.filter(invoice_id=invoice_id).values_list("pk", "at", "code", "facts")
    return [
        Happening(
            at,
            "document.unread" if code.startswith(UNREAD) else "document.failed",
            "document",
            key,
            facts={**seen, "code": code},
        )
        for key, at, code, seen in found
    ]


def _deliveries(invoice_id: int) -> list[Happening]:
    found = Delivery.objects.filter(document__invoice_id=invoice_id)
    return [
        Happening(
            each.sent_at or each.queued_at,
            f"{'duplicate' if each.copy else 'delivery'}.{each.state}",
            "delivery",
            each.pk,
            facts={"channel": each.channel, "address": each.address, "error": each.error},
        )
        for each in found
    ]


def _allocations(condition: Q) -> list[Happening]:
    found = Allocation.objects.filter(condition).select_related(
        "invoice", "credit_note", "payment", "draw__deposit"
    )
    return [
        Happening(
            each.created_at,
            "allocation.taken_back" if each.reverses_id else "allocation.made",
            "allocation",
            each.pk,
            each.actor_label,
            each.actor_kind,
            _allocation_facts(each),
        )
        for each in found.order_by("-pk")[:LATEST]
    ]


def _allocation_facts(each: Allocation) -> dict[str, Any]:
    return {
        "amount_minor": abs(each.amount_minor),
        "currency": each.invoice.currency,
        "invoice_id": each.invoice_id,
        "invoice": each.invoice.number,
        "credit_note_id": each.credit_note_id,
        "credit_note": each.credit_note.number if each.credit_note else None,
        "payment_id": each.payment_id,
        "payment": each.payment.reference if each.payment else None,
        "deposit_id": each.draw.deposit_id if each.draw else None,
        "deposit": each.draw.deposit.number if each.draw else None,
    }


def _issued(found: QuerySet[Invoice]) -> list[Happening]:
    names = ("number", "gross_minor", "currency")
    rows = found.order_by("-pk").values_list("pk", "issued_at", "kind", "made_elsewhere", *names)[:LATEST]
    return [
        Happening(
            at,
            TAKEN_OVER if made_elsewhere else DERIVED[kind],
            "invoice",
            key,
            facts=dict(zip(names, facts, strict=True)),
        )
        for key, at, kind, made_elsewhere, *facts in rows
    ]


def _received(found: QuerySet[Payment]) -> list[Happening]:
    return [
        Happening(
            each.recorded_at,
            PAID.get(each.method, "customer.paid"),
            "payment",
            each.pk,
            each.actor_label,
            each.actor_kind,
            {"amount_minor": each.amount_minor, "currency": each.currency},
        )
        for each in found.order_by("-pk")[:LATEST]
    ]
