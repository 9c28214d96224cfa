"""What happens to deliveries: queued, tried, sent or failed, queued again, sent once more as a duplicate."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

from encaisse.delivery.errors import AlreadyOnItsWay, NoReader, NotFailed
from encaisse.delivery.models import Delivery, DeliveryState
from encaisse.document.models import Document, DocumentKind
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock, events, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope

ATTEMPTS: Final = 8
REQUEUED: Final = "delivery.requeued"


@transaction.atomic
def queue(first_invoice: int, last_invoice: int, *, only_checked: bool = False) -> int:
    """The documents of these invoices are on their way to their readers; how many deliveries are new.

    A document that was queued once is left alone, whatever became of its account's addresses. `only_checked` leaves
    out those that the official rules have not passed.
    """
    params = {"first_id": first_invoice, "last_id": last_invoice, "only_checked": only_checked}
    return sql.execute("delivery", "queue", params)


@contextmanager
def alone(delivery_id: int) -> Iterator[bool]:
    """Whether nobody else is sending this delivery; if so nobody can until the block, or this process, ends.

    A lock of the session, since the sending itself happens outside any transaction.
    """
    key = [delivery_id]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended('delivery', 0) # %s::bigint)", key)
        taken = bool(cursor.fetchone()[0])
        try:
            yield taken
        finally:
            if taken:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended('delivery', 0) # %s::bigint)", key)


@transaction.atomic
def begin(delivery_id: int, *, domain: str) -> str | None:
    """One more attempt is counted; the Message-ID that every attempt bears, or None when nothing is to be sent.

    It is computed from the delivery's key and kept, so that a repeat can be told from another message.
    """
    message_id = f"<{public_id('dlv', delivery_id)}@{domain}>"
    begun = sql.rows("delivery", "begin", {"id": delivery_id, "message_id": message_id})
    return str(begun[0][0]) if begun else None


@transaction.atomic
def sent(delivery_id: int) -> None:
    """The outside world took the delivery."""
    waiting = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.QUEUED)
    waiting.update(state=DeliveryState.SENT, sent_at=clock.now(), error="")


@transaction.atomic
def refused(delivery_id: int, error: str, *, temporary: bool) -> None:
    """The delivery failed for the reason kept; a temporary one waits, for eight attempts in all."""
    waiting = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.QUEUED)
    waiting.update(error=error)
    given_up = waiting.filter(attempts__gte=ATTEMPTS) if temporary else waiting
    given_up.update(state=DeliveryState.FAILED)


@transaction.atomic
def requeue(delivery_id: int, *, scope: Scope) -> None:
    """A failed delivery is queued again, its attempts counted anew, and a worker will send it after commit.

    Raises NotPermitted, NotFound and NotFailed.
    """
    scope.require("issue")
    delivery = (
        Delivery.objects.visible_to(scope).select_for_update(of=("self",)).filter(pk=delivery_id).first()
    )
    if delivery is None:
        raise NotFound(noun="delivery")
    if delivery.state != DeliveryState.FAILED:
        raise NotFailed(state=delivery.state)
    Delivery.objects.filter(pk=delivery_id).update(state=DeliveryState.QUEUED, attempts=0)
    events.publish(REQUEUED, "delivery", delivery_id, scope.actor)


@transaction.atomic
def queue_first(scope: Scope, invoice_id: int) -> int:
    """The document of an invoice that was sent to nobody is on its way to the readers that its account has now.

    Returns how many. Raises NotPermitted, NotFound, NoReader, and AlreadyOnItsWay when it was sent before.
    """
    _require_document(scope, invoice_id, DocumentKind.ORIGINAL)
    if Delivery.objects.filter(document__invoice=invoice_id, copy=0).exists():
        raise AlreadyOnItsWay(invoice_id=invoice_id)
    if not queue(invoice_id, invoice_id):
        raise NoReader(invoice_id=invoice_id)
    made = Delivery.objects.filter(document__invoice=invoice_id, copy=0)
    return _tell(list(made.values_list("pk", flat=True)), scope)


@transaction.atomic
def queue_duplicate(scope: Scope, invoice_id: int) -> int:
    """One more copy of the duplicate of an invoice is on its way to the readers that its account has now.

    Returns how many. Raises NotPermitted, NotFound when there is no duplicate, NoReader, and AlreadyOnItsWay when
    one still waits for each of them.
    """
    _require_document(scope, invoice_id, DocumentKind.DUPLICATE)
    made = [key for (key,) in sql.rows("delivery", "queue_duplicate", {"invoice_id": invoice_id})]
    if not made and Delivery.objects.filter(document__invoice=invoice_id, copy__gt=0).exists():
        raise AlreadyOnItsWay(invoice_id=invoice_id)
    if not made:
        raise NoReader(invoice_id=invoice_id)
    return _tell(made, scope)


def _require_document(scope: Scope, invoice_id: int, kind: str) -> None:
    scope.require("issue")
    visible = Invoice.objects.visible_to(scope).filter(pk=invoice_id)
    if not Document.objects.filter(invoice__in=visible, kind=kind).exists():
        raise NotFound(noun="document")


def _tell(queued: list[int], scope: Scope) -> int:
    events.publish(REQUEUED, "delivery", (min(queued), max(queued)), scope.actor)
    return len(queued)
