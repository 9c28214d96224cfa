"""Tags are put on documents and taken off, one document at a time."""

from collections.abc import Mapping

from django.db import transaction

from encaisse.invoice.models import Invoice
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.tag.errors import NotTagged
from encaisse.tag.models import Tag, Tagged
from encaisse.tag.rules import tidied


@transaction.atomic
def tag(scope: Scope, invoice_id: int, name: str) -> None:
    """The document bears the tag, which is made when nobody used it before. One that bears it already stays as it is.

    Raises NotPermitted, NotFound, TagMalformed.
    """
    _require(scope, invoice_id)
    word = tidied(name)
    found = Tag.objects.filter(name__iexact=word).first() or _made(word)
    _row, is_new = Tagged.objects.get_or_create(
        tag=found, invoice_id=invoice_id, defaults={"tagged_by": scope.actor.label}
    )
    if is_new:
        events.record("invoice.tagged", "invoice", invoice_id, scope.actor, name=found.name)


@transaction.atomic
def untag(scope: Scope, invoice_id: int, name: str) -> None:
    """The document bears the tag no more. Raises NotPermitted, NotFound, NotTagged."""
    _require(scope, invoice_id)
    gone, _rows = Tagged.objects.filter(invoice_id=invoice_id, tag__name__iexact=name).delete()
    if not gone:
        raise NotTagged(name=name)
    events.record("invoice.untagged", "invoice", invoice_id, scope.actor, name=name)


@transaction.atomic
def follow(places: Mapping[int, int]) -> None:
    """Documents that took the place of others, by the keys of these, bear their tags instead of them."""
    for key, invoice_id in Tagged.objects.filter(invoice_id__in=places).values_list("pk", "invoice_id"):
        Tagged.objects.filter(pk=key).update(invoice_id=places[invoice_id])


def _require(scope: Scope, invoice_id: int) -> None:
    scope.require("bill")
    if not Invoice.objects.visible_to(scope).filter(pk=invoice_id).exists():
        raise NotFound(noun="invoice")


def _made(word: str) -> Tag:
    # Two people who think of the same word at once have one tag.
    Tag.objects.bulk_create([Tag(name=word)], ignore_conflicts=True)
    return Tag.objects.get(name__iexact=word)
