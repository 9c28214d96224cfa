"""What is told outside of a row when something happened to it: little, with public ids, as it is by then."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F

from encaisse.billing.models import Run
from encaisse.intake.models import Batch
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.kernel.references import public_id
from encaisse.party.models import BillingAccount, Customer, LegalEntity
from encaisse.payment.models import Payment
from encaisse.subscription.models import Subscription

Value = str | int | None
LIVE: Final = frozenset({"live"})


class ToldRow(NamedTuple):
    """One row: the legal entities that it concerns (none for what concerns no one in particular; of a sandbox, what
    it stands for too), which sort of its kind it is, what is told of it, and in which modes."""

    id: int
    entity_ids: frozenset[int]
    sort: str
    data: dict[str, Value]
    modes: frozenset[str] = LIVE


def told(kind: str, first_id: int, last_id: int, *, most: int) -> list[ToldRow]:
    """What is told of the rows of a kind from the first key to the last, of so many at most, in order."""
    stand_for = dict(LegalEntity.objects.exclude(sandbox_of=None).values_list("pk", "sandbox_of_id"))
    return [_placed(row, stand_for) for row in _READERS[kind](first_id, last_id, most)]


def _placed(row: ToldRow, stand_for: Mapping[int, int | None]) -> ToldRow:
    modes = frozenset("test" if key in stand_for else "live" for key in row.entity_ids)
    behind = frozenset(entity for key in row.entity_ids if (entity := stand_for.get(key)))
    return row._replace(entity_ids=row.entity_ids | behind, modes=modes or LIVE)


def _invoices(first_id: int, last_id: int, most: int) -> list[ToldRow]:
    found = Invoice.objects.filter(pk__range=(first_id, last_id), state=InvoiceState.ISSUED)
    return [
        ToldRow(
            each["id"],
            frozenset({each["legal_entity_id"]}),
            each["kind"],
            {
                "id": public_id("inv", each["id"]),
                "kind": each["kind"],
                "number": each["number"],
                "issue_date": _day(each["issue_date"]),
                "due_date": _day(each["due_date"]),
                "currency": each["currency"],
                "gross_minor": each["gross_minor"],
                "open_minor": each["payable_minor"] - each["settled_minor"],
            }
            | _owner(each["account_id"], each["account__customer_id"], each["legal_entity_id"]),
        )
        for each in _values(
            found, most, "kind", "number", "issue_date", "due_date", "currency", "gross_minor",
            "payable_minor", "settled_minor", "account_id", "account__customer_id", "legal_entity_id",
        )
    ]  # fmt: skip


def _payments(first_id: int, last_id: int, most: int) -> list[ToldRow]:
    found = Payment.objects.filter(pk__range=(first_id, last_id))
    return [
        ToldRow(
            each["id"],
            frozenset({each["legal_entity_id"]}),
            each["method"],
            {
                "id": public_id("pay", each["id"]),
                "method": each["method"],
                "state": each["state"],
                "received_on": _day(each["received_on"]),
                "currency": each["currency"],
                "amount_minor": each["amount_minor"],
                "allocated_minor": each["allocated_minor"],
                "reference": each["reference"],
            }
            | _owner(each["account_id"], each["account__customer_id"], each["legal_entity_id"]),
        )
        for each in _values(
            found, most, "method", "state", "received_on", "currency", "amount_minor", "allocated_minor",
            "reference", "account_id", "account__customer_id", "legal_entity_id",
        )
    ]  # fmt: skip


def _customers(first_id: int, last_id: int, most: int) -> list[ToldRow]:
    found = Customer.objects.filter(pk__range=(first_id, last_id)).annotate(
        entity_ids=ArrayAgg("accounts__legal_entity_id", distinct=True, default=[])
    )
    return [
        ToldRow(
            each["id"],
            frozenset(each["entity_ids"]) - {None},
            "",
            {
                "id": public_id("cus", each["id"]),
                "reference": each["reference"],
                "name": each["name"],
                "state": each["state"],
            },
        )
        for each in _values(found, most, "reference", "name", "state", "entity_ids")
    ]


def _accounts(first_id: int, last_id: int, most: int) -> list[ToldRow]:
    found = BillingAccount.objects.filter(pk__range=(first_id, last_id))
    return [
        ToldRow(
            each["id"],
            frozenset({each["legal_entity_id"]}),
            "",
            {
                "id": public_id("ba", each["id"]),
                "reference": each["reference"],
                "currency": each["currency"],
                "state": each["state"],
                "customer": public_id("cus", each["customer_id"]),
                "legal_entity": public_id("le", each["legal_entity_id"]),
            },
        )
        for each in _values(
            found, most, "reference", "currency", "state", "customer_id", "legal_entity_id"
        )
    ]  # fmt: skip


def _contracts(first_id: int, last_id: int, most: int) -> list[ToldRow]:
    found = Subscription.objects.filter(pk__range=(first_id, last_id)).annotate(
        customer_id=F("account__customer_id"), entity_id=F("account__legal_entity_id")
    )
    return [
        ToldRow(
            each["id"],
            frozenset({each["entity_id"]}),
            "",
            {
                "id": public_id("sub", each["id"]),
                "reference": each["reference"],
                "state": each["state"],
                "start_date": _day(each["start_date"]),
                "end_date": _day(each["end_date"]),
            }
            | _owner(each["account_id"], each["customer_id"], each["entity_id"]),
        )
        for each in _values(
            found, most, "reference", "state", "start_date", "end_date", "account_id", "customer_id",
            "entity_id",
        )
    ]  # fmt: skip


def _runs(first_id: int, last_id: int, most: int) -> list[ToldRow]:
    found = Run.objects.filter(pk__range=(first_id, last_id)).annotate(
        entity_ids=ArrayAgg("chunks__legal_entity_id", distinct=True, default=[])
    )
    return [
        ToldRow(
            each["id"],
            frozenset(each["entity_ids"]) - {None},
            each["kind"],
            {
                "id": public_id("run", each["id"]),
                "kind": each["kind"],
                "state": each["state"],
                "cutoff_date": _day(each["cutoff_date"]),
                "issue_date": _day(each["issue_date"]),
            },
        )
        for each in _values(found, most, "kind", "state", "cutoff_date", "issue_date", "entity_ids")
    ]


def _imports(first_id: int, last_id: int, most: int) -> list[ToldRow]:
    found = Batch.objects.filter(pk__range=(first_id, last_id))
    counts = ("created_count", "updated_count", "unchanged_count", "refused_count")
    return [
        ToldRow(
            each["id"],
            frozenset(),
            each["kind"],
            {"id": public_id("imp", each["id"]), "kind": each["kind"]}
            | {name.removesuffix("_count"): each[name] for name in counts},
        )
        for each in _values(found, most, "kind", *counts)
    ]


def _values(found: Any, most: int, *names: str) -> Iterable[dict[str, Any]]:
    rows: Iterable[dict[str, Any]] = found.order_by("pk").values("id", *names)[:most]
    return rows


def _owner(account_id: int, customer_id: int, entity_id: int) -> dict[str, Value]:
    return {
        "billing_account": public_id("ba", account_id),
        "customer": public_id("cus", customer_id),
        "legal_entity": public_id("le", entity_id),
    }


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


_READERS: Final[dict[str, Callable[[int, int, int], list[ToldRow]]]] = {
    "invoice": _invoices,
    "payment": _payments,
    "customer": _customers,
    "billing_account": _accounts,
    "subscription": _contracts,
    "run": _runs,
    "batch": _imports,
}
