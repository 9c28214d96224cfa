"""The references that buyers ask for: immutable rows, one for each that an account has ever borne."""

import json
from collections.abc import Collection, Mapping

from django.db import transaction

from encaisse.kernel import sql
from encaisse.party.models import BuyerReference
from encaisse.party.rules.references import References, checked


@transaction.atomic
def buyer_reference(account_id: int, told: References) -> int | None:
    """The account may bear these references. Returns their key, the same for the same; None when all are empty.

    Raises TextTooLong and ControlCharacter.
    """
    said = checked(told)
    if not any(said):
        return None
    found, _ = BuyerReference.objects.get_or_create(account_id=account_id, **said._asdict())
    return found.pk


@transaction.atomic
def order_references(told: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The keys of the orders that these accounts gave, which they may bear from now on; a blank one has none."""
    rows = [BuyerReference(account_id=key, order_reference=order) for key, order in told if key and order]
    BuyerReference.objects.bulk_create(rows, ignore_conflicts=True)
    found = BuyerReference.objects.filter(
        account_id__in=[each.account_id for each in rows],
        order_reference__in=[each.order_reference for each in rows],
        contract_reference="",
        buyer_reference="",
    )
    fields = ("pk", "account_id", "order_reference")
    return {(account_id, order): key for key, account_id, order in found.values_list(*fields)}


@transaction.atomic
def bear_references(told: Mapping[int, References]) -> None:
    """Each account bears these references on its documents, none when all are empty. Repeatable."""
    rows = json.dumps([{"account_id": key} | said._asdict() for key, said in told.items()])
    sql.execute("party", "add_references", {"rows": rows})
    sql.execute("party", "bear_references", {"rows": rows})
