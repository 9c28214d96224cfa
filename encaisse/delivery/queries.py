"""Deliveries on their way, and what each of them carries."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from encaisse.delivery.models import Delivery, DeliveryState
from encaisse.invoice.models import Invoice
from encaisse.kernel.scope import Scope
from encaisse.party.models import Recipient


class Parcel(NamedTuple):
    """What a delivery carries, to whom, and what its covering message tells. Amounts in minor units.

    The sender's address is that of the legal entity today, lest an answer go where nobody reads any more.
    `payable_minor` is negative for a credit note. `corrects` is the number of the invoice that it takes back. `copy`
    counts duplicates from 1; an original is 0. `terms_plan` is empty unless the invoice is payable in instalments.
    The PDF of what was `made_elsewhere` carries no data.
    """

    delivery_id: int
    file_id: int
    address: str
    language: str
    kind: str
    number: str
    issue_date: dt.date
    due_date: dt.date | None
    currency: str
    payable_minor: int
    corrects: str | None
    payment_method: str
    seller: str
    seller_email: str
    seller_phone: str
    copy: int = 0
    terms_plan: str = ""
    made_elsewhere: bool = False


class Failed(NamedTuple):
    """A delivery that is given up, to whom, and why in the outside world's words or as one of our codes."""

    id: int
    address: str
    error: str


class Sending(NamedTuple):
    """What became of sending an invoice, and who would be written to today.

    Without deliveries it was sent to nobody, for want of an address; it can be once there are readers.
    """

    failed: list[Failed]
    was_sent: bool
    readers: list[str]


_COLUMNS = (
    "pk",
    "document__file_id",
    "address",
    "document__invoice__language",
    "document__invoice__kind",
    "document__invoice__number",
    "document__invoice__issue_date",
    "document__invoice__due_date",
    "document__invoice__currency",
    "document__invoice__payable_minor",
    "document__invoice__corrects__number",
    "document__invoice__account__payment_method",
    "document__invoice__seller_identity__name",
    "document__invoice__legal_entity__identity__email",
    "document__invoice__legal_entity__identity__phone",
    "copy",
    "document__invoice__terms_plan",
    "document__invoice__made_elsewhere",
)


def parcels(delivery_ids: Collection[int]) -> list[Parcel]:
    """What these deliveries carry, in order."""
    found = Delivery.objects.filter(pk__in=delivery_ids).order_by("pk")
    return [Parcel(*row) for row in found.values_list(*_COLUMNS)]


def sending(scope: Scope, invoice_id: int) -> Sending:
    """What became of sending an invoice and its duplicates."""
    mine = Delivery.objects.visible_to(scope).filter(document__invoice=invoice_id).order_by("pk")
    rows = list(mine.values_list("pk", "address", "error", "state", "copy"))
    failed = [
        Failed(key, address, error) for key, address, error, state, _ in rows if state == DeliveryState.FAILED
    ]
    return Sending(failed, any(copy == 0 for *_, copy in rows), _readers(scope, invoice_id))


def _readers(scope: Scope, invoice_id: int) -> list[str]:
    mine = Invoice.objects.visible_to(scope).filter(pk=invoice_id)
    named = Recipient.objects.filter(account__invoices__in=mine, channel="email")
    if addresses := list(named.order_by("address").values_list("address", flat=True)):
        return addresses
    emails = mine.values_list("account__identity__email", "buyer_identity__email")
    return [now or billed for now, billed in emails if now or billed]


def waiting_of_invoices(first_id: int, last_id: int) -> list[int]:
    """The queued deliveries of these invoices, in order."""
    found = Delivery.objects.filter(document__invoice__gte=first_id, document__invoice__lte=last_id)
    return list(found.filter(state=DeliveryState.QUEUED).order_by("pk").values_list("pk", flat=True))


def waiting(first_id: int, last_id: int) -> list[int]:
    """Those of these deliveries that are queued, in order."""
    found = Delivery.objects.filter(pk__range=(first_id, last_id), state=DeliveryState.QUEUED)
    return list(found.order_by("pk").values_list("pk", flat=True))
