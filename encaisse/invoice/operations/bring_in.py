"""Invoices made elsewhere come in as the legal documents that they are, and go again if the import is undone."""

from collections.abc import Collection, Iterable

from django.db import transaction

from encaisse.intake.rules import ranges
from encaisse.invoice.errors import NotWithdrawable
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.invoice.rules.elsewhere import BroughtIn, ElsewhereRow, stored
from encaisse.kernel import clock, events, sql
from encaisse.kernel.scope import Actor
from encaisse.party.models import LegalEntity


@transaction.atomic
def bring_in(legal_entity_id: int, brought: Iterable[BroughtIn], *, actor: Actor) -> None:
    """They are issued invoices of the legal entity under their own numbers, and never change.

    Incomplete without their origins and opening entries in the same transaction, which the database demands at commit.
    """
    seller = (legal_entity_id, LegalEntity.objects.get(pk=legal_entity_id).identity_id)
    rows = [stored(each, seller, clock.now()) for each in brought]
    sql.copy_rows(Invoice, ElsewhereRow, rows)
    for ids in ranges(row.id for row in rows):
        events.record("invoice.brought_in", "invoice", ids, actor)


@transaction.atomic
def withdraw(invoice_ids: Collection[int], *, actor: Actor) -> None:
    """It is as if these invoices made elsewhere had never come in: they are hidden everywhere, and never go.

    Nothing settles them any more, and none is corrected by another. Incomplete without the entries that mirror their
    opening ones. Locks them in order of id. Raises NotWithdrawable.
    """
    locked = list(Invoice.objects.select_for_update().filter(pk__in=invoice_ids).order_by("pk"))
    corrected = set(
        Invoice.objects.filter(corrects_id__in=invoice_ids)
        .exclude(state__in=(InvoiceState.CANCELLED, InvoiceState.WITHDRAWN))
        .exclude(pk__in=invoice_ids)
        .values_list("corrects_id", flat=True)
    )
    for invoice in locked:
        is_open = invoice.made_elsewhere and invoice.state == InvoiceState.ISSUED
        if not is_open or invoice.settled_minor or invoice.pk in corrected:
            raise NotWithdrawable(invoice_id=invoice.pk)
    Invoice.objects.filter(pk__in=[each.pk for each in locked]).update(state=InvoiceState.WITHDRAWN)
    for ids in ranges(each.pk for each in locked):
        events.record("invoice.withdrawn", "invoice", ids, actor)
